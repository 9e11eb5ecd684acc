"""Codes in NumPy's files: .npz with arrays named after what they hold, .npy of codes alone."""

from typing import BinaryIO

import numpy as np

from vae_explorer.data.forms import arrays
from vae_explorer.data.forms.arrays import Header
from vae_explorer.data.forms.raw_data import ALL
from vae_explorer.errors import DataError
from vae_explorer.models.foreign.adapter import MAX_LATENT
from vae_explorer.models.foreign.codes import names
from vae_explorer.models.foreign.codes.found import (
    MAX_PICTURE_BYTES,
    FoundCodes,
    as_codes,
    check_size,
)

Headers = dict[str, Header]
PREFERRED_SPLITS = (ALL, "test", "validation", "train")  # of codes that come in several


def read_npy(file: BinaryIO, name: str) -> FoundCodes:
    """The codes of an .npy file, (N, D). DataError."""
    return FoundCodes(as_codes(arrays.read_npy(file, name), name))


def read_npz(file: BinaryIO, name: str) -> FoundCodes:
    """The codes of an .npz archive, and what goes with them. DataError."""
    headers = arrays.read_headers(file, name)
    split, roles = _roles(headers, name)
    rows, coordinates = headers[roles["codes"]].shape
    check_size(rows, coordinates, roles["codes"])
    if "pictures" in roles and headers[roles["pictures"]].bytes > MAX_PICTURE_BYTES:
        raise DataError(
            f"{roles['pictures']} in {name} takes more than {MAX_PICTURE_BYTES / 1e6:,.0f} MB: "
            "save fewer or smaller pictures, or none."
        )
    values = arrays.read_arrays(file, name, list(roles.values()))
    found = FoundCodes(as_codes(values[roles["codes"]], roles["codes"]), split=split)
    found.labels = values.get(roles.get("labels", ""))
    found.pictures = values.get(roles.get("pictures", ""))
    if "uncertainty" in roles:
        to_logvar = names.SPREADS[names.parts_of(roles["uncertainty"])[1]]
        found.logvar = to_logvar(np.asarray(values[roles["uncertainty"]], np.float32))
    if "class names" in roles:
        found.class_names = tuple(map(str, values[roles["class names"]].tolist()))
    found.remarks = [_read(roles, name)]
    if left := sorted(set(headers) - set(roles.values())):
        found.remarks.append(f"Left out: {names.in_words(left)}.")
    return found


def _read(roles: dict[str, str], name: str) -> str:
    """The sentence that says what the arrays were taken for."""
    return f"Read from {name}: {', '.join(f'{role} ({key})' for role, key in roles.items())}."


def _roles(headers: Headers, name: str) -> tuple[str, dict[str, str]]:
    """The split that is shown, and role -> key; by names, then by shapes. DataError."""
    parts = {key: names.parts_of(key) for key in headers}
    split, codes = _codes(headers, parts, name)
    rows, columns = headers[codes].shape
    roles = {"codes": codes}
    here = [key for key in headers if key != codes and parts[key][0] in (split, ALL)]

    def first(known: tuple[str, ...]) -> str | None:
        named = [key for key in here if parts[key][1] in known and key not in roles.values()]
        return min(named, key=lambda key: known.index(parts[key][1]), default=None)

    wanted = {
        "uncertainty": (tuple(names.SPREADS), lambda shape: shape == (rows, columns)),
        "labels": (names.LABELS, lambda shape: len(shape) < 3),
        "pictures": (names.PICTURES, lambda shape: len(shape) > 1),
        "class names": (names.CLASS_NAMES, lambda shape: len(shape) == 1 and shape != (rows,)),
    }
    for role, (known, fits) in wanted.items():
        key = first(known)
        if key is not None and fits(headers[key].shape):
            roles[role] = key
    _by_shape(headers, here, rows, roles)
    for role in ("labels", "pictures"):
        if role in roles and (headers[roles[role]].shape or (0,))[0] != rows:
            raise DataError(
                f"{roles[role]} in {name} has {(headers[roles[role]].shape or (0,))[0]:,} rows, "
                f"{codes} has {rows:,}: save one for each code."
            )
    return split, roles


def _codes(headers: Headers, parts: dict[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """The split that is shown, and the key of its codes."""
    flat = [k for k, h in headers.items() if len(h.shape) == 2 and h.dtype.kind in "buif"]
    by_name = [key for key in flat if parts[key][1] in names.CODES]
    others = [k for k in flat if parts[k][1] not in (*names.SPREADS, *names.LABELS)]
    short = [k for k in others if headers[k].shape[1] <= MAX_LATENT and headers[k].shape[1]]
    found = by_name or (short if len(short) == 1 else [])
    if not found:
        shown = names.in_words([f"{key} {headers[key].shape}" for key in headers]) or "nothing"
        raise DataError(
            f"{name} does not say which array holds codes ({shown}): call them z, and labels, "
            "logvar and images what belongs to them."
        )

    def rank(key: str) -> tuple[int, int]:
        split, stem = parts[key]
        order = names.CODES.index(stem) if stem in names.CODES else 0
        return PREFERRED_SPLITS.index(split), order

    best = min(found, key=rank)
    return parts[best][0], best


def _by_shape(headers: Headers, here: list[str], rows: int, roles: dict[str, str]) -> None:
    """Labels and pictures by their shapes, where no name says them and only one array can be it."""
    free = [key for key in here if key not in roles.values() and headers[key].shape[:1] == (rows,)]
    labels = [k for k in free if len(headers[k].shape) == 1 and headers[k].dtype.kind in "biuUS"]
    pictures = [k for k in free if len(headers[k].shape) in (3, 4)]
    for role, keys in (("labels", labels), ("pictures", pictures)):
        if role not in roles and len(keys) == 1:
            roles[role] = keys[0]
