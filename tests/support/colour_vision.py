"""How far apart two colours are to people of different colour vision, and how they stand out.

Colours are "#rrggbb" of sRGB.
"""

import numpy as np
from skimage import color

# Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", severity 1.0; they multiply linear RGB
DEFICIENCIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> np.ndarray:
    """Linear RGB of a colour, (3,) in [0, 1]: IEC 61966-2-1."""
    values = np.array(list(bytes.fromhex(colour.removeprefix("#")))) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def seen(colour: str, vision: str = "normal") -> np.ndarray:
    """Linear RGB that shows everybody what a colour is to people of that vision, (3,)."""
    matrix = np.array(DEFICIENCIES[vision]) if vision in DEFICIENCIES else np.eye(3)
    return (matrix @ linear(colour)).clip(0, 1)


def difference(one: str, other: str, vision: str = "normal") -> float:
    """CIEDE2000 of two colours as people of that vision see them; black and white are 100 apart."""
    labs = [_lab(seen(colour, vision)) for colour in (one, other)]
    return float(color.deltaE_ciede2000(*labs))


def contrast(one: str, other: str) -> float:
    """1 to 21, as WCAG 2.2 defines it."""
    dark, light = sorted(linear(c) @ (0.2126, 0.7152, 0.0722) for c in (one, other))
    return float((light + 0.05) / (dark + 0.05))


def _lab(values: np.ndarray) -> np.ndarray:
    gamma = np.where(
        values <= 0.0031308, values * 12.92, 1.055 * values.clip(1e-9) ** (1 / 2.4) - 0.055
    )
    return color.rgb2lab(gamma)
