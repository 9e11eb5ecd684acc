"""Picture files that mean harm: valid ones of ten formats, ways to damage them, and bombs.

Shared by the tests of the door and `benchmarks/fuzz_pictures.py`; all follow from a seed.
"""

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
from PIL import Image, ImageDraw, features

Files = dict[str, dict[str, bytes]]  # form -> name -> content

FORMS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF", "ICO", "JPEG2000")
EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
BOMB_SHARE = 0.02
EXIF = b"Exif\0\0"


def page(mode: str = "RGB", size: tuple[int, int] = (56, 60), stroke: int = 0) -> Image.Image:
    """A seven on a page with some grain."""
    width, height = size
    grain = np.random.default_rng(stroke).integers(215, 256, (height, width), dtype=np.uint8)
    picture = Image.fromarray(grain)
    places = [(0.2, 0.15), (0.8, 0.15 + stroke / 10), (0.4, 0.85)]
    line = [(x * width, y * height) for x, y in places]
    ImageDraw.Draw(picture).line(line, fill=20, width=max(1, min(size) // 12))
    return picture.convert("L").convert(mode)


def encode(picture: Image.Image, form: str = "PNG", **options) -> bytes:
    """The bytes of a picture file."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    """Of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, pixels: bytes = b"", extra: bytes = b"", colour: int = 0) -> bytes:
    """A PNG put together by hand: the header may promise what the pixels do not keep."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(pixels, 1))
    return b"\x89PNG\r\n\x1a\n" + header + extra + data + chunk(b"IEND", b"")


def tiff(tags: list[tuple[int, int, int, int]], rest: bytes = b"") -> bytes:
    """A TIFF of (tag, type, count, value) by hand; `rest` begins at 8 + 2 + 12 * tags + 4."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + rest


def box(name: bytes, body: bytes) -> bytes:
    """Of an AVIF or a JPEG 2000."""
    return struct.pack(">I", len(body) + 8) + name + body


def seeds() -> Files:
    """Small valid files: each form in several of its kinds."""
    exif, two = Image.Exif(), {"save_all": True, "append_images": [page("L", stroke=1)]}
    exif[0x0112] = 6
    made = {form: {"plain": encode(page(), form)} for form in FORMS if form != "AVIF"}
    for mode in ("1", "L", "P", "RGBA", "I;16"):
        made["PNG"][mode] = encode(page("I").convert(mode) if mode == "I;16" else page(mode), "PNG")
    made["PNG"] |= {
        "animated": encode(page("L"), "PNG", **two),
        "colour key": encode(page("L"), "PNG", transparency=255),
        "profile": encode(page(), "PNG", icc_profile=bytes(5000), exif=exif),
    }
    for name, options in {"progressive": {"progressive": True}, "turned": {"exif": exif}}.items():
        made["JPEG"][name] = encode(page(), "JPEG", **options)
    made["JPEG"] |= {m: encode(page(m), "JPEG") for m in ("L", "CMYK")}
    made["JPEG"]["several"] = encode(page(), "MPO", save_all=True, append_images=[page(stroke=1)])
    made["GIF"]["animated"] = encode(page("P"), "GIF", **two, transparency=0)
    made["BMP"] |= {m: encode(page(m), "BMP") for m in ("1", "L", "P", "RGBA")}
    made["BMP"]["run-length"] = run_length(56, 60, b"\x38\x80\0\0" * 30 + b"\x20\0\0\0" * 30)
    made["WEBP"]["lossless"] = encode(page("RGBA"), "WEBP", lossless=True, exif=exif)
    made["WEBP"]["animated"] = encode(page(), "WEBP", **two)
    for packing in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        made["TIFF"][packing] = encode(page(), "TIFF", compression=packing)
    for packing in ("lzma", "zstd"):
        with suppress(OSError):  # not every libtiff has them
            made["TIFF"][packing] = encode(page(), "TIFF", compression=packing)
    made["TIFF"]["group4"] = encode(page("1"), "TIFF", compression="group4")
    for mode in ("CMYK", "RGBA", "LAB"):
        made["TIFF"][mode] = encode(Image.new(mode, (30, 40), 7), "TIFF", compression="tiff_lzw")
    for mode in ("I;16", "I", "F"):
        made["TIFF"][mode] = encode(page("I").convert(mode), "TIFF", exif=exif)
    made["PPM"] |= {m: encode(page(m), "PPM") for m in ("1", "L", "I", "F")}
    made["PPM"]["text"] = b"P3 # words\n9 8 200\n" + b"200 30 9 " * 72
    made["PPM"]["bits"] = b"P1\n24 20\n" + b"0 1 0 0 " * 120
    made["PPM"]["few greys"] = b"P5 20 20 15\n" + bytes(range(16)) * 25
    made["ICO"]["BMP"] = encode(page("RGBA"), "ICO", bitmap_format="bmp", sizes=[(32, 32)])
    made["ICO"]["several"] = encode(page("RGBA"), "ICO", sizes=[(16, 16), (48, 48)])
    made["JPEG2000"] |= {m: encode(page(m), "JPEG2000") for m in ("L", "RGBA")}
    made["JPEG2000"]["codestream"] = encode(page(), "JPEG2000", no_jp2=True)
    made["JPEG2000"]["tiles"] = encode(page("L"), "JPEG2000", tile_size=(16, 16))
    made["AVIF"] = {"none": b"\0\0\0\x1cftypavif"}
    if features.check("avif"):
        for mode in ("RGB", "RGBA"):
            made["AVIF"][mode] = encode(page(mode), "AVIF", speed=10, exif=exif)
        made["AVIF"]["animated"] = encode(page(), "AVIF", speed=10, **two)
    return made


def run_length(width: int, height: int, body: bytes) -> bytes:
    """A BMP, RLE8."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(body), 0, 0, 256, 0)
    palette = b"".join(bytes([v, v, v, 0]) for v in range(256))
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + palette + body


# Ways to damage a file: (rng, content, content of another) -> content


def flip_bits(rng: random.Random, data: bytes, _: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice((1, 2, 5, 20, 200))):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def flip_header(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return flip_bits(rng, data[:64], other) + data[64:]


def cut(rng: random.Random, data: bytes, _: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def repeat_block(rng: random.Random, data: bytes, _: bytes) -> bytes:
    start, length = rng.randrange(len(data)), rng.choice((1, 4, 12, 64, 500))
    times = rng.choice((1, 2, 50, 2000))
    return data[:start] + data[start : start + length] * times + data[start:]


def drop_block(rng: random.Random, data: bytes, _: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice((1, 4, 12, 64, 500)) :]


def extreme_field(rng: random.Random, data: bytes, _: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        width, order = rng.choice((1, 2, 4)), rng.choice(("big", "little"))
        at = rng.randrange(min(len(data), rng.choice((40, 120, 600))))
        value = rng.choice(EXTREMES) & (256**width - 1)
        found[at : at + width] = value.to_bytes(width, order)
    return bytes(found)


def huge_size(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Wherever the width or height of a seed stands, something large."""
    side, order = rng.choice((56, 60)), rng.choice(("big", "little"))
    large = rng.choice((5000, 6300, 16383, 30000, 65535))
    if data[:1] == b"P":
        return data.replace(str(side).encode(), str(large).encode(), 1)
    old, new = side.to_bytes(2, order), large.to_bytes(2, order)
    return data.replace(old, new, rng.choice((1, 2, -1)))


def splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: rng.randrange(1, len(data))] + other[rng.randrange(len(other)) :]


def insert_other(rng: random.Random, data: bytes, other: bytes) -> bytes:
    at = rng.randrange(1, len(data))
    return data[:at] + other + data[at:]


def random_tail(rng: random.Random, data: bytes, _: bytes) -> bytes:
    return data[: rng.randrange(len(data) // 2, len(data) + 1)] + rng.randbytes(
        rng.choice((9, 9999))
    )


def nonsense_exif(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Orientations, types and counts that mean nothing; a block of noise in the rest."""
    tag = (0x0112, rng.randrange(20), rng.choice(EXTREMES), rng.choice((0, 9, 77, 2**32 - 1)))
    exif = EXIF + tiff([tag, (0x8769, 4, 1, rng.randrange(60))], rng.randbytes(rng.choice((0, 99))))
    if data[:2] == b"\xff\xd8":
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]
    if data[:4] == b"\x89PNG":
        return data[:33] + chunk(b"eXIf", exif[6:]) + data[33:]
    if data[:4] == b"RIFF":
        body = data[12:] + b"EXIF" + struct.pack("<I", len(exif)) + exif + bytes(len(exif) % 2)
        return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    at = data.find(b"\x12\x01") if b"II" in data[:200] else data.find(b"\x01\x12")
    return data[: at + 2] + exif[18:28] + data[at + 12 :] if at > 0 else data + exif


WAYS: tuple[Callable[[random.Random, bytes, bytes], bytes], ...] = (
    flip_bits,
    flip_header,
    cut,
    repeat_block,
    drop_block,
    extreme_field,
    huge_size,
    splice,
    insert_other,
    random_tail,
    nonsense_exif,
)


def mend(data: bytes) -> bytes:
    """A PNG with its checksums put right, so that damage passes them."""
    found, place = bytearray(data), 8
    while data[:4] == b"\x89PNG" and place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        found[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return bytes(found[: len(data)])


def mutant(rng: random.Random, form: str, known: Files, hostile: Files) -> tuple[str, bytes]:
    """What was done, and the file: a bomb, or a seed damaged in one to three ways."""
    if rng.random() < BOMB_SHARE and hostile.get(form):
        name = rng.choice(list(hostile[form]))
        return f"bomb: {name}", hostile[form][name]
    name = rng.choice(list(known[form]))
    data, how = known[form][name], [name]
    for _ in range(rng.choice((1, 1, 2, 3))):
        other = rng.choice(list(known[rng.choice(FORMS)].values()))
        way = rng.choice(WAYS)
        if len(data) > 1:  # enough to damage
            data, how = way(rng, data, other), [*how, way.__name__]
    return ", ".join(how), mend(data) if rng.random() < 0.7 else data


# Files that cost time or memory out of proportion; none is over 20 MB


def bombs() -> Files:
    """For every form, what once was slow or large, or could be."""
    crowded, wide = crowds(), expanses()
    return {form: crowded.get(form, {}) | wide.get(form, {}) for form in FORMS}


def crowds() -> Files:
    """Small pictures among millions of parts, or that promise what costs too much: all refused."""
    small, head = encode(page(), "JPEG"), encode(page("L"), "JPEG2000")
    stream = encode(page("L"), "JPEG2000", no_jp2=True)
    tiles = bytearray(stream)
    tiles[8:16], tiles[24:32] = struct.pack(">II", 6300, 6300), struct.pack(">II", 26, 26)
    dib = struct.pack("<IiiHHIIiiII", 40, 9000, 9000, 1, 8, 1, 0, 0, 0, 0, 0) + bytes(9_000_000)
    made = {
        "PNG": {
            "chunks": png(9, 9, bytes(90), chunk(b"abCd", b"") * 1_500_000),
            "profile": png(9, 9, bytes(90), chunk(b"iCCP", b"a\0\0" + squeezed(10**8))),
            "texts": png(9, 9, bytes(90), chunk(b"zTXt", b"a\0\0" + squeezed(999_000)) * 99),
            "promise": png(7000, 5700),
        },
        "JPEG": {
            "segments": small[:2] + b"\xff\xe5\0\x02" * 4_900_000 + small[2:],
            "junk": small[:2] + bytes(19_900_000) + small[2:],
            "EXIF": small[:2] + segments(greedy()) + small[2:],
        },
        "GIF": {
            "comment": b"GIF89a\x09\0\x09\0\0\0\0!\xfe" + b"\x01a" * 9_900_000 + b"\0;",
            "extensions": b"GIF89a\x09\0\x09\0\0\0\0" + b"!\xf9\x01a\0" * 3_900_000 + b";",
            "promise": b"GIF89a\xf0\x1a\x40\x15\0\0\0,\0\0\0\0\xf0\x1a\x40\x15\0\x02\0;",
        },
        "BMP": {
            "line ends": run_length(6300, 6300, b"\x01\x05\0\0" * 6300),
            "runs": run_length(6300, 6300, b"\x01\x05" * 9_000_000),
        },
        "WEBP": {"promise": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\xff\xff\0\xff\xff\0"},
        "TIFF": {"strips": strips(2_400_000), "tile": tile(), "deep": deep(), "tags": greedy()},
        "PPM": {
            "comment": b"P5 #" + b"a" * 19_900_000,
            "spaces": b"P5 " + b" " * 19_900_000,
            "comments": b"P1 700 700\n" + b"#\n" * 9_900_000,
            "text": b"P2 4400 4400 9\n" + b"1 " * 9_900_000,
            "few greys": b"P5 4400 4400 15\n" + bytes(19_360_000),
        },
        "ICO": {
            "huge PNG": icon(png(13_000, 13_000, bytes(13_001))),
            "large BMP": icon(dib),
            "icons": icon(png(9, 9), 65535),
        },
        "JPEG2000": {
            "tiles": bytes(tiles),
            "boxes": head[:12] + box(b"free", b"") * 2_400_000 + head[12:],
            "segments": stream[:51] + b"\xff\x30\0\x02" * 4_900_000 + stream[51:],
        },
    }
    if features.check("avif"):
        none = tiff([], bytes(len(greedy()) - 14))
        told = encode(page(), "AVIF", exif=none, speed=10).replace(none, greedy())
        made["AVIF"] = {"EXIF": told}
    return made


def expanses() -> Files:
    """Much plain paper in few bytes, just under a limit and just over."""
    flat, size = Image.new("RGB", (7000, 5700), "white"), (7000, 5700)
    rounds = encode(flat, "JPEG", progressive=True)
    scan = rounds[rounds.rindex(b"\xff\xda") : -2]
    grain = Image.effect_noise((2000, 1900), 99)
    whole = {"num_resolutions": 1, "quality_mode": "rates", "quality_layers": [90]}
    packed = {"compression": "tiff_lzw"}
    made = {
        "PNG": {
            "40 megapixels": encode(flat.convert("RGBA"), "PNG", compress_level=1),
            "41 megapixels": encode(Image.new("1", (7000, 5800)), "PNG"),
            "EXIF": png(9, 9, bytes(90), chunk(b"eXIf", greedy())),
            "pixels": png(9, 9, bytes(2 * 10**8)),
        },
        "JPEG": {
            "40 megapixels": encode(flat, "JPEG", progressive=True, subsampling=0),
            "CMYK": encode(flat.convert("CMYK"), "JPEG"),
            "scans": rounds[:-2] + scan * min(500, 15_000_000 // len(scan)) + b"\xff\xd9",
            "cut": rounds[: len(rounds) // 2],
        },
        "GIF": {"40 megapixels": encode(flat.convert("P"), "GIF")},
        "BMP": {
            "19 megabytes": encode(Image.new("RGB", (3000, 2100)), "BMP"),
            "bits": encode(Image.new("1", (6300, 6300)), "BMP"),
        },
        "WEBP": {
            "40 megapixels": encode(flat, "WEBP", method=0),
            "25 megapixels": encode(Image.new("RGBA", (5000, 4990)), "WEBP", lossless=True),
            "EXIF": encode(page(), "WEBP", exif=greedy()),
        },
        "TIFF": {
            "40 megapixels": encode(flat.convert("CMYK"), "TIFF", **packed),
            "turned": encode(flat, "TIFF", **packed, tiffinfo={274: 6}),
            "16 bits": encode(Image.new("I;16", size), "TIFF", **packed),
            "float": encode(Image.new("F", size), "TIFF", **packed),
        },
        "PPM": {"bits": b"P4 6300 6300\n" + bytes(6300 * 788)},
        "ICO": {"large PNG": icon(png(7000, 5700, bytes(7001 * 5700)))},
        "JPEG2000": {
            "40 megapixels": encode(flat.convert("L"), "JPEG2000"),
            "one level": encode(grain.resize((6000, 6000)), "JPEG2000", **whole),
            "grain": encode(grain, "JPEG2000"),
        },
    }
    if features.check("avif"):
        clear, fine = Image.new("RGBA", (5000, 4990), "#00ff0080"), {"subsampling": "4:4:4"}
        lies = bytearray(encode(Image.new("L", size), "AVIF", speed=10))
        at = lies.find(b"ispe") + 8
        lies[at : at + 8] = struct.pack(">II", 100, 100)
        made["AVIF"] = {
            "25 megapixels": encode(clear, "AVIF", speed=10, **fine),
            "40 megapixels": encode(Image.new("L", size), "AVIF", speed=10),
            "size of a stamp": bytes(lies),
        }
    return made


def squeezed(count: int) -> bytes:
    """So many zeros, deflated."""
    return zlib.compress(bytes(count), 1)


def icon(picture: bytes, count: int = 1) -> bytes:
    """An ICO whose entries all name the same picture, and call it 16x16."""
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 6 + 16 * count)
    return struct.pack("<HHH", 0, 1, count) + entry * count + picture


def greedy() -> bytes:
    """A TIFF's directory, or EXIF, whose 60,000 entries all name the same eight megabytes."""
    return tiff([(tag, 7, 8_000_000, 99) for tag in range(60_000)], bytes(9_000_000))


def segments(exif: bytes) -> bytes:
    """EXIF of any length in APP1 segments of a JPEG, as Pillow joins them."""
    parts = (exif[at : at + 60_000] for at in range(0, len(exif), 60_000))
    return b"".join(b"\xff\xe1" + struct.pack(">H", len(p) + 8) + EXIF + p for p in parts)


def strips(count: int) -> bytes:
    """A TIFF one pixel wide whose every row is the same byte, stored once."""
    at = 8 + 2 + 12 * 8 + 4
    tags = [(256, 4, 1, 1), (257, 4, 1, count), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    tags += [(273, 4, count, at), (278, 4, 1, 1), (279, 4, count, at + 4 * count)]
    return tiff(tags, b"\x08\0\0\0" * count + b"\x01\0\0\0" * count)


def tile() -> bytes:
    """A TIFF of 9x9 in one tile of 20,000x20,000."""
    body, at = squeezed(4 * 10**8), 8 + 2 + 12 * 9 + 4
    tags = [(256, 4, 1, 9), (257, 4, 1, 9), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1)]
    tags += [(322, 4, 1, 20_000), (323, 4, 1, 20_000), (324, 4, 1, at), (325, 4, 1, len(body))]
    return tiff(tags, body)


def deep() -> bytes:
    """A TIFF of 40 megapixels with 64 bits each, in one strip."""
    body, at = squeezed(7000 * 5700 * 8), 8 + 2 + 12 * 10 + 4
    tags = [(256, 4, 1, 7000), (257, 4, 1, 5700), (258, 3, 4, at), (259, 3, 1, 8), (262, 3, 1, 2)]
    tags += [(273, 4, 1, at + 8), (277, 3, 1, 4), (278, 4, 1, 5700), (279, 4, 1, len(body))]
    return tiff([*tags, (338, 3, 1, 2)], struct.pack("<HHHH", 16, 16, 16, 16) + body)


def photographs() -> Iterator[tuple[str, str, bytes]]:
    """Pages photographed with grain, in the forms and sizes that cameras and editors write."""
    small = {"quality": 90}
    kinds = [("JPEG", n, small) for n in (12, 24, 40)]
    kinds += [("JPEG", 40, {"progressive": True}), ("WEBP", 12, {"method": 0})]
    kinds += [("WEBP", 24, {"method": 0}), ("PNG", 12, {"compress_level": 1})]
    kinds += [("JPEG2000", n, {"quality_mode": "rates", "quality_layers": [20]}) for n in (12, 40)]
    kinds += [("TIFF", n, {"compression": "jpeg"}) for n in (12, 40)]
    if features.check("avif"):
        kinds += [("AVIF", n, {"speed": 10}) for n in (12, 24)]
    for form, megapixels, options in kinds:
        width, height = (round((megapixels * 1e6 / 12) ** 0.5 * n) for n in (4, 2.99))
        coarse = page("L", (width // 8, height // 8)).resize((width, height))
        light = Image.linear_gradient("L").resize((width, height)).point(lambda v: 160 + v // 4)
        picture = Image.blend(coarse, light, 0.4).convert("RGB")
        yield form, f"{megapixels} megapixels", encode(picture, form, **options)
