"""The plain operations that encoders and decoders are lists of.

The list is all that another interpreter (a browser, say) needs beside the weights. Knows nothing of
PyTorch, latent variables or losses. B inputs; pictures of C channels, H rows and W columns.
"""

import math
from typing import NamedTuple

LEAKY_SLOPE = 0.3  # the tutorial's
GROUPS = 8  # of channels that are normalised together
NORM_EPSILON = 1e-5  # PyTorch's own: added to variances


class Linear(NamedTuple):
    """`(B, inputs) -> (B, outputs)`: W v + b, or W v without a bias."""

    inputs: int
    outputs: int
    bias: bool = True


class Activate(NamedTuple):
    """Elementwise non-linearity, a key of `modules.ACTIVATIONS`.

    `slope` is that of leaky_relu below 0, and the alpha of elu (1 in most libraries); others have
    none. While training a share `dropout` of the results is set to 0 and the rest scaled up
    (Srivastava et al. 2014); afterwards nothing is.
    """

    name: str
    dropout: float = 0.0
    slope: float = LEAKY_SLOPE


class Fourier(NamedTuple):
    """`(B, n) -> (B, n + 2 features)`: v, sin(z F), cos(z F), with z the first `inputs` of v.

    F `(inputs, features)` is drawn once from N(0, scale²) and never trained (Tancik et al. 2020,
    "Fourier Features Let Networks Learn High Frequency Functions", eq. 5 without the 2 pi).
    """

    inputs: int
    features: int
    scale: float


class Convolve(NamedTuple):
    """`(B, inputs, H, W) -> (B, outputs, H', W')`: square kernel, entries `dilation` pixels apart.

    Of `padding` zeros on each side, None: half the kernel. Each of `groups` groups of outputs sees
    its own group of inputs.
    """

    inputs: int
    outputs: int
    kernel: int
    stride: int
    padding: int | None = None
    groups: int = 1
    bias: bool = True
    dilation: int = 1

    @property
    def zeros(self) -> int:
        """Rows and columns of zeros on each side."""
        return self.kernel // 2 if self.padding is None else self.padding

    def side(self, side: int) -> int:
        """H' of H, or W' of W."""
        return (side + 2 * self.zeros - self.dilation * (self.kernel - 1) - 1) // self.stride + 1


class TransposedConvolve(NamedTuple):
    """`(B, inputs, H, W) -> (B, outputs, H', W')`: each pixel spread over a square kernel.

    Of the sum, `padding` rows and columns are cut on each side, then `output_padding` added below
    and to the right. None: half of kernel - stride, so that H' = stride H where that is even.
    """

    inputs: int
    outputs: int
    kernel: int
    stride: int
    padding: int | None = None
    output_padding: int = 0
    bias: bool = True

    @property
    def cut(self) -> int:
        """Rows and columns that are cut on each side."""
        return (self.kernel - self.stride) // 2 if self.padding is None else self.padding

    def side(self, side: int) -> int:
        """H' of H, or W' of W."""
        return (side - 1) * self.stride - 2 * self.cut + self.kernel + self.output_padding


class Pool(NamedTuple):
    """`(B, C, H, W) -> (B, C, H', W')`: the "max" or "average" of the pixels under a kernel.

    Of `padding` pixels on each side: zeros that count for an average, nothing for a maximum.
    """

    kind: str
    kernel: int
    stride: int
    padding: int = 0

    def side(self, side: int) -> int:
        """H' of H, or W' of W."""
        return (side + 2 * self.padding - self.kernel) // self.stride + 1


class Upsample(NamedTuple):
    """`(B, C, H, W) -> (B, C, factor H, factor W)`: each pixel repeated ("nearest"), or "bilinear".

    Bilinear between the middles of pixels: PyTorch's align_corners=False.
    """

    factor: int
    mode: str = "nearest"


class Normalize(NamedTuple):
    """To mean 0 and variance 1, then scaled and shifted a channel; the shape stays.

    "batch": over the batch while training, afterwards by running averages (Ioffe & Szegedy 2015),
    of `(B, channels, H, W)` or `(B, channels)`;
    "group": over groups of channels of each picture `(B, channels, H, W)` (Wu & He 2018), as many
    as `groups`, 0: the most, up to `GROUPS`, that divide them evenly;
    "layer": over all values of each input `(B, channels)` (Ba et al. 2016).
    `epsilon` is added to the variance.
    """

    kind: str
    channels: int
    epsilon: float = NORM_EPSILON
    groups: int = 0

    @property
    def group_count(self) -> int:
        """Groups of channels that are normalised together."""
        return self.groups or math.gcd(self.channels, GROUPS)


class Scale(NamedTuple):
    """v factor + shift, one of each for all, or one a channel (a value where v is flat).

    Fixed numbers, no weights: how values are read, say.
    """

    factors: tuple[float, ...]
    shifts: tuple[float, ...]


class Flatten(NamedTuple):
    """`(B, C, H, W) -> (B, C H W)`, channels slowest."""


class Unflatten(NamedTuple):
    """`(B, C H W) -> (B, C, H, W)`, channels slowest."""

    channels: int
    height: int
    width: int


class Crop(NamedTuple):
    """`(B, C, H, W) -> (B, C, height, width)`: the first rows and columns."""

    height: int
    width: int


class Residual(NamedTuple):
    """v + the operations applied to v."""

    operations: tuple


Operation = (
    Linear
    | Activate
    | Fourier
    | Residual
    | Convolve
    | TransposedConvolve
    | Pool
    | Upsample
    | Normalize
    | Scale
    | Crop
    | Flatten
    | Unflatten
)
