"""The door for picture files: untrusted bytes -> a picture of bearable size, or one sentence.

Pillow reads the formats. What it does not bound is bounded here: pixels, the reads of its loops in
Python, tables of offsets, tiles and scans, decoders written in Python, and the copies that it makes
of large pictures. JPEG and JPEG 2000 are decoded no larger than needed.
"""

import importlib
import importlib.util
import io
import math
import re
import struct

import numpy as np
from PIL import IcoImagePlugin, Image, features
from PIL.ExifTags import Base as Tag
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.TiffImagePlugin import TiffImageFile

from vae_explorer.data.forms import tiff_tags
from vae_explorer.errors import UploadError

MAX_MEGABYTES = 20
MAX_MEGAPIXELS = 40
MAX_MEGAPIXELS_OF = {
    "WEBP": 25,
    "AVIF": 25,
    "HEIF": 25,
}  # their decoders hold four copies of the picture
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF", "ICO", "JPEG2000", "HEIF")
MAX_SIDE = 1024  # of the pictures worked on: 28 pixels need no more
MIN_CONTRAST = 0.1  # of the paper's brightness: what is weaker is not ink
SIGNATURES = {  # bytes 4 to 12 of files that people try, and the codec, if there may be one
    "HEIC": (rb"ftyp(hei[cmsx]|hev[cmsx])", "pillow_heif"),
    "AVIF": (rb"ftyp(avi[fs]|mif1)", "avif"),
    "JPEG XL": (rb"JXL \r\n\x87\n", None),
    "WebP": (rb"....WEBP", "webp"),
    "JPEG 2000": (rb"jP  \r\n\x87\n", "jpg_2000"),
}
ORIENTATIONS = {  # EXIF's orientation -> what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
MAX_READS = 20_000  # of a file; 20 MB of PNG in pieces of 8 kB are 10,000
MAX_EXIF_BYTES = 1 << 17  # a JPEG's segment holds half of it
MAX_STRIP_BYTES = 200_000_000  # of a TIFF, unpacked: it may be all in one
MAX_TILES = 1024  # of a JPEG 2000
MAX_SCANS = 1600  # of a progressive JPEG, times its megapixels
MAX_SLOW_PIXELS = 500_000  # where Pillow decodes in Python, or all at once
MAX_ICON_SIDE = 1024  # px a side; the format ends at 256
EMPTY = "The file is empty: choose a picture, such as a PNG or a JPEG."
TOO_LARGE = f"The file is larger than {MAX_MEGABYTES} MB: make it smaller first."
TOO_MANY_PIXELS = "The picture has over {} megapixels: make it smaller."
TOO_COSTLY = "The picture is stored in a form too costly to read: save it as PNG or JPEG."


class LimitedFile(io.BytesIO):
    """A file in memory that refuses to be read too often, or over and over."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads, self.bytes = MAX_READS, 4 * len(data) + 1_000_000

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.reads -= 1
        self.bytes -= len(content)
        if self.reads < 0 or self.bytes < 0:
            raise OSError("read too often")
        return content


def limits_text() -> str:
    """What may be sent, as people read it: megabytes and megapixels of a picture."""
    forms: dict[int, list[str]] = {}
    for form, megapixels in MAX_MEGAPIXELS_OF.items():
        forms.setdefault(megapixels, []).append(form)
    fewer = "".join(f" ({', '.join(names)}: {most})" for most, names in forms.items())
    return f"Up to {MAX_MEGABYTES} MB and {MAX_MEGAPIXELS} megapixels each{fewer}."


def decode(data: bytes) -> Image.Image:
    """The first frame of a picture file, upright, at most 1024 px a side: RGBA, I or F."""
    if not data:
        raise UploadError(EMPTY)
    if len(data) > MAX_MEGABYTES * 1_000_000:
        raise UploadError(TOO_LARGE)
    for name, (mark, codec) in SIGNATURES.items():
        if re.match(mark, data[4:12], re.DOTALL) and not _has_codec(codec):
            raise UploadError(f"{name} pictures cannot be read here: save it as PNG or JPEG.")
    try:
        return load_checked(_open(data), data)
    except UploadError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadError(TOO_MANY_PIXELS.format(MAX_MEGAPIXELS)) from error
    except Exception as error:  # Pillow promises no type: damaged files raise a dozen
        raise UploadError("The file is damaged or no picture: save it as PNG or JPEG.") from error


def pixels(data: bytes) -> int:
    """How many a picture file says it has; 0 where it is none, or has more than `decode` takes."""
    try:
        picture = _open(data)
    except Exception:  # Pillow promises no type
        return 0
    most = MAX_MEGAPIXELS_OF.get(picture.format or "", MAX_MEGAPIXELS) * 1_000_000
    count = picture.width * picture.height
    return count if count <= most else 0


def _has_codec(name: str | None) -> bool:
    """Whether Pillow was built with a codec, or the package of one is installed."""
    if name == "pillow_heif":
        return importlib.util.find_spec(name) is not None
    return name is not None and bool(features.check(name))


def load_checked(picture: ImageFile, data: bytes) -> Image.Image:
    """A picture opened from `data`, decoded as `decode` does; UploadError if it costs too much."""
    most = MAX_MEGAPIXELS_OF.get(picture.format or "", MAX_MEGAPIXELS)
    if picture.width * picture.height > most * 1_000_000:
        raise UploadError(TOO_MANY_PIXELS.format(most))
    _check_work(picture, data)
    return _load_small(picture, data)


def _open(data: bytes) -> ImageFile:
    """The picture with no more than its header read; of an icon the largest, as Pillow chooses."""
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        tiff_tags.check_tags(data)
    elif data[4:8] == b"ftyp":  # AVIF: Pillow parses EXIF at once, however large it is
        for start in re.finditer(rb"II\*\0|MM\0\*", data):
            tiff_tags.check_tags(data, start.start())
        if re.match(SIGNATURES["HEIC"][0], data[4:12]):  # libheif decodes no more than it announces
            importlib.import_module("pillow_heif").register_heif_opener(thumbnails=False)
    elif data[:4] == b"\0\0\1\0":
        entry = IcoImagePlugin.IcoFile(LimitedFile(data)).entry[0]
        size, width, height, _, _, packed = struct.unpack_from("<IiiHHI", data, entry.offset)
        if data.startswith(b"\x89PNG\r\n\x1a\n", entry.offset):
            return Image.open(LimitedFile(data[entry.offset :]), formats=["PNG"])
        if size < 40 or max(abs(width), abs(height) // 2) > MAX_ICON_SIDE or packed not in (0, 3):
            raise OSError("no icon")
    elif data[:2] == b"\xff\xd8":
        _check_exif(data)
    return Image.open(LimitedFile(data), formats=FORMATS)


def _check_exif(data: bytes) -> None:
    """OSError if a JPEG has so much EXIF, which Pillow joins and parses at once, or no picture."""
    position, exif_bytes = 2, 0
    for _ in range(MAX_READS):
        position = data.find(b"\xff", position)
        marker = data[position + 1]  # IndexError: no picture follows
        if marker == 0xDA:
            return
        alone = marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD9
        length = 0 if alone else int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0xE1 and data.startswith(b"Exif\0\0", position + 4):
            exif_bytes += length
        if exif_bytes > MAX_EXIF_BYTES:
            break
        position += 1 if alone else 2 + length
    raise OSError("too many segments")


def _check_work(picture: ImageFile, data: bytes) -> None:
    """UploadError if decoding would take far longer, or more memory, than the pixels need."""
    pixels = picture.width * picture.height
    costly = False
    if any(tile[0] in Image.DECODERS for tile in picture.tile):  # PPM as text, run-length BMP
        costly = pixels > MAX_SLOW_PIXELS or data.count(b"#", 0, 1 << 16) > 100
        if isinstance(picture.fp, LimitedFile):
            picture.fp.reads += 2 * MAX_SLOW_PIXELS
    elif picture.format in ("JPEG", "MPO"):
        costly = data.count(b"\xff\xda") * pixels > MAX_SCANS * 1_000_000
    elif isinstance(picture, TiffImageFile):
        tags = picture.tag_v2
        part = max(pixels, tags.get(Tag.TileWidth, 1) * tags.get(Tag.TileLength, 1))
        costly = part * max(8, sum(tags.get(Tag.BitsPerSample, (1,)))) / 8 > MAX_STRIP_BYTES
    elif picture.format == "JPEG2000":
        costly = _levels(picture, data) is None
    if costly:
        raise UploadError(TOO_COSTLY)


def _levels(picture: Image.Image, data: bytes) -> int | None:
    """How often a JPEG 2000 may be halved while it is decoded; None: not to be decoded."""
    halvings = []
    for start in re.finditer(rb"\xff\x4f\xff\x51", data):
        fields = struct.unpack_from(">HHIIIIIIIIH", data, start.end())
        right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, bands = fields[2:]
        columns = math.ceil((right - tile_left) / tile_width)
        rows = math.ceil((bottom - tile_top) / tile_height)
        if columns * rows > MAX_TILES or bands > 4 or (right - left, bottom - top) != picture.size:
            return None
        halvings.append(data[data.index(b"\xff\x52", start.end()) + 9])
    useful = max(0, int(math.log2(max(picture.size) / MAX_SIDE)))
    level = min([useful, *halvings])
    pixels = (picture.width * picture.height) >> (2 * level)
    return level if pixels <= 8 * MAX_SLOW_PIXELS else None


def _load_small(picture: ImageFile, data: bytes) -> Image.Image:
    """Decoded, in bands so that no large copy is made, and turned upright."""
    scale = max(1.0, max(picture.size) / (2 * MAX_SIDE))
    width, height = (max(1, round(side / scale)) for side in picture.size)
    picture.draft(None, (width, height))
    if isinstance(picture, Jpeg2KImageFile):
        picture.reduce = _levels(picture, data) or 0
    picture.load()
    mode = picture.mode[0] if picture.mode[0] in "IF" else "RGBA"
    factor = max(1, max(picture.size) // (2 * MAX_SIDE))
    width, height = (math.ceil(side / factor) for side in picture.size)
    small = Image.new(mode, (width, height))
    rows = factor * max(1, 4_000_000 // (factor * picture.width))
    for top in range(0, picture.height, rows):
        box = (0, top, picture.width, min(top + rows, picture.height))
        band = Image.Image.reduce(picture.crop(box).convert(mode), factor)
        small.paste(band, (0, top // factor))
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    turn = ORIENTATIONS.get(_orientation(picture) or 0)
    return small if turn is None else small.transpose(turn)


def _orientation(picture: Image.Image) -> int | None:
    """As EXIF or XMP names it; None if nothing does, or it is too large to look into."""
    texts = (picture.info.get(name) or "" for name in ("exif", "Raw profile type exif"))
    small = sum(map(len, texts)) <= MAX_EXIF_BYTES
    orientation = picture.getexif().get(Tag.Orientation) if small else None
    return orientation if isinstance(orientation, int) else None


def on_paper(picture: Image.Image) -> Image.Image:
    """RGBA, I or F -> RGB or L: what is clear becomes white, or black around white ink."""
    if picture.mode != "RGBA":  # more than 8 bits a pixel
        with np.errstate(invalid="ignore"):  # a signalling NaN
            values = np.nan_to_num(np.asarray(picture, np.float64), posinf=0, neginf=0)
        values -= min(values.min(), 0)
        values /= 2.0 ** math.ceil(math.log2(values.max() or 1))
        return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))
    pages = (Image.new("RGBA", picture.size, colour) for colour in ("white", "black"))
    on_white, on_black = (Image.alpha_composite(page, picture).convert("RGB") for page in pages)
    return on_white if np.ptp(np.asarray(on_white.convert("L"))) > 255 * MIN_CONTRAST else on_black
