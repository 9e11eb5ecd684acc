"""Settings of a model and of its training: frozen values that refuse nonsense when they are made.

Knows nothing of tensors. A command-line flag or a form field replaces one field of a preset (see
`presets`). The text in `Doc` is the help that the command line and the app show.
"""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from typing_extensions import Doc

from vae_explorer.errors import ConfigError
from vae_explorer.objectives import OBJECTIVES

MAX_WIDTH = 8192
MAX_LAYERS = 16  # of an encoder or a decoder, the last one not counted
MAX_CLASSES = 1000
MAX_EPOCHS = 100_000
MIN_SIDE, MAX_SIDE = 8, 256  # of a model's pictures, pixels
LAYERS = ("encoder", "decoder", "convolutions", "decoder_convolutions")  # fields of ModelConfig
MAX_LEARNING_RATE = 1e6  # far beyond sense: divergence is for the training loop to notice
Activation = Literal["gelu", "relu", "leaky_relu"]
if TYPE_CHECKING:
    ObjectiveName = PolishObjective = str
else:
    ObjectiveName = Literal[tuple(OBJECTIVES)]
    PolishObjective = Literal[("same", *OBJECTIVES)]


class LatentConfig:
    """What is known of any model, ours or made elsewhere: the fields that both kinds have."""

    latent_dim: int
    classes: int
    variational: bool
    likelihood: Literal["bernoulli", "gaussian"]
    pixel_scale: float
    image_size: int
    image_width: int
    channels: int

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of one picture: channels, height, width."""
        return self.channels, self.image_size, self.image_width or self.image_size

    @property
    def pixel_kind(self) -> str:
        """What its pictures are in, grey or colour."""
        return "grey" if self.channels == 1 else "colour"

    @property
    def has_likelihood(self) -> bool:
        """Whether its reconstruction is a likelihood of pixels, not half the squared error."""
        return self.likelihood != "gaussian" or self.pixel_scale != 1

    @property
    def pixels(self) -> int:
        """How many values one picture has: pixels times channels."""
        return math.prod(self.image_shape)

    def settings(self) -> dict[str, Any]:
        """By name and in plain values, what a table shows."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(cast(Any, self))}


@dataclass(frozen=True)
class ModelConfig(LatentConfig):
    """What a model is made of; with its weights, all that is needed to rebuild it."""

    latent_dim: Annotated[int, Doc("number of latent coordinates D")] = 3
    encoder: Annotated[tuple[int, ...], Doc("widths of the encoder's hidden layers")] = (1024, 512)
    decoder: Annotated[tuple[int, ...], Doc("widths of the decoder's hidden layers")] = (512, 512)
    convolutions: Annotated[
        tuple[int, ...],
        Doc("channels of strided convolutions before the encoder's hidden layers; none: an MLP"),
    ] = ()
    decoder_convolutions: Annotated[
        tuple[int, ...],
        Doc("channels of upsampling stages behind the decoder's hidden layers; none: an MLP"),
    ] = ()
    upsampling: Annotated[
        Literal["transposed", "nearest"],
        Doc("of each stage: a transposed convolution, or repeated pixels and a convolution"),
    ] = "nearest"
    normalization: Annotated[
        Literal["none", "batch", "group"], Doc("after each convolution but the last")
    ] = "none"
    activation: Annotated[Activation, Doc("non-linearity between layers")] = "gelu"
    fourier: Annotated[
        int, Doc("random Fourier features of z in front of the decoder; 0: plain z")
    ] = 64
    fourier_scale: Annotated[float, Doc("standard deviation of the features' frequencies")] = 0.7
    residual: Annotated[bool, Doc("add skip connections around equal-width decoder layers")] = False
    dropout: Annotated[float, Doc("share of hidden units set to 0 while training")] = 0.0
    classes: Annotated[int, Doc("number of classes to condition on; 0: unconditional")] = 0
    variational: Annotated[bool, Doc("false: a plain autoencoder without posterior or KL")] = True
    likelihood: Annotated[
        Literal["bernoulli", "gaussian"],
        Doc("of a pixel given z; for gaussian see pixel_scale"),
    ] = "bernoulli"
    pixel_scale: Annotated[
        float,
        Doc(
            "standard deviation of a gaussian pixel given z; 0: one for all, learned; 1: half the "
            "squared error, as tutorials have it"
        ),
    ] = 1.0
    image_size: Annotated[int, Doc("height of the picture, pixels")] = 28
    image_width: Annotated[int, Doc("its width, pixels; 0: as its height")] = 0
    channels: Annotated[int, Doc("1: grey, 3: colour")] = 1

    def __post_init__(self):
        for name in LAYERS:
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        check_types(self)
        within(self, "latent_dim", 1, 1024)
        within(self, "fourier", 0, MAX_WIDTH)
        within(self, "classes", 0, MAX_CLASSES)
        within(self, "image_size", MIN_SIDE, MAX_SIDE)
        if self.image_width:
            within(self, "image_width", MIN_SIDE, MAX_SIDE)
        if self.channels not in (1, 3):
            raise ConfigError(f"channels must be 1 (grey) or 3 (colour), got {self.channels}.")
        within(self, "pixel_scale", 0, 100)
        within(self, "fourier_scale", 0, 100)
        within(self, "dropout", 0, 0.95)
        for name in LAYERS:
            if any(not 1 <= width <= MAX_WIDTH for width in getattr(self, name)):
                raise ConfigError(f"every width in {name} must be between 1 and {MAX_WIDTH}.")
            if len(getattr(self, name)) > MAX_LAYERS:
                raise ConfigError(f"{name} can have at most {MAX_LAYERS} layers.")
        if not (self.decoder or self.decoder_convolutions):
            raise ConfigError("encoder and decoder need at least one hidden layer each.")
        if not (self.encoder or self.convolutions):
            raise ConfigError("encoder and decoder need at least one hidden layer each.")
        for name in ("convolutions", "decoder_convolutions"):
            most = int(math.log2(min(self.image_shape[1:])))
            if len(getattr(self, name)) > most:
                raise ConfigError(f"at most {most} {name} fit a picture of this size.")
        if self.convolutions and self.classes:
            raise ConfigError("a conditional model takes an MLP encoder: leave convolutions empty.")


@dataclass(frozen=True)
class ReadingChoice:
    """How pictures shall be read, where not as they were found to be; see `data.reading`."""

    size: Annotated[
        int, Doc("longer side that pictures are scaled to, pixels; 0: as stored, 64 at most")
    ] = 0
    colour: Annotated[
        Literal["found", "grey", "colour"], Doc("found: colour where any picture has some")
    ] = "found"
    polarity: Annotated[
        Literal["found", "stored", "inverted"],
        Doc("found: inverted where pictures are handwriting, dark on light"),
    ] = "found"
    darkest: Annotated[float, Doc("stored value that becomes black; see brightest")] = 0.0
    brightest: Annotated[
        float, Doc("stored value that becomes white; equal to darkest: found over the whole set")
    ] = 0.0
    preparation: Annotated[
        Literal["found", "handwriting", "plain"],
        Doc("of pictures that people bring: as MNIST was prepared, or only scaled"),
    ] = "found"

    def __post_init__(self):
        check_types(self)
        if self.size:
            within(self, "size", MIN_SIDE, MAX_SIDE)
        if not self.darkest <= self.brightest:
            raise ConfigError("darkest must not be greater than brightest.")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the outcome of a training run on one machine; but see `threads`."""

    model: ModelConfig = field(default_factory=ModelConfig)
    dataset: Annotated[
        str,
        Doc("name of a data set, such as mnist or digits, or path of a folder or file of pictures"),
    ] = "mnist"
    reading: ReadingChoice = field(default_factory=ReadingChoice)
    epochs: Annotated[int, Doc("passes over the training images")] = 10
    polish_epochs: Annotated[
        int, Doc("further passes over grey, whole pictures: what scores are measured on")
    ] = 0
    batch_size: Annotated[int, Doc("images in one update")] = 128
    optimizer: Annotated[
        Literal["adamw", "adam", "sgd"], Doc("adamw decays weight matrices; sgd has momentum alone")
    ] = "adamw"
    momentum: Annotated[
        float, Doc("decay of the mean of gradients that updates follow; short runs want less")
    ] = 0.9
    square_decay: Annotated[
        float,
        Doc("decay of the mean of their squares, adam and adamw; 0: 0.999 of adam, 0.99 of adamw"),
    ] = 0.0
    learning_rate: Annotated[float, Doc("peak learning rate")] = 3e-3
    polish_learning_rate: Annotated[float, Doc("peak learning rate of the polish")] = 1e-3
    weight_decay: Annotated[float, Doc("decoupled decay of weight matrices, adamw only")] = 0.02
    schedule: Annotated[
        Literal["cosine", "linear", "step", "constant"],
        Doc(
            "of the learning rate; cosine, linear: 10 % warm-up, then down to 1 %; step: a tenth "
            "from half of the epochs on, a hundredth from three quarters"
        ),
    ] = "cosine"
    clip_norm: Annotated[
        float, Doc("longest gradient, as a norm over all weights; longer ones are cut; 0: no limit")
    ] = 0.0
    objective: Annotated[
        ObjectiveName,
        Doc(
            "bound on log p(x) that is maximised; "
            + "; ".join(f"{name}: {objective.about}" for name, objective in OBJECTIVES.items())
        ),
    ] = "elbo"
    samples: Annotated[int, Doc("posterior samples a picture; for iwae its K")] = 1
    lattice_points: Annotated[
        int, Doc("of lattice: points that all pictures of a batch share in the end; a power of two")
    ] = 4096
    lattice_start: Annotated[
        int, Doc("how many they are at first; doubled step by step over the epochs")
    ] = 512
    proposals: Annotated[
        int, Doc("of lattice: further points a picture, around where the encoder puts it")
    ] = 0
    beta: Annotated[float, Doc("weight of the KL term; 1 is the ELBO")] = 1.0
    kl_annealing: Annotated[
        Literal["none", "linear", "cyclical"],
        Doc("rise of that weight from 0: once, or again in each cycle"),
    ] = "none"
    kl_warmup: Annotated[
        float, Doc("share of the epochs (linear) or of each cycle (cyclical) that the rise takes")
    ] = 0.5
    kl_cycles: Annotated[int, Doc("cycles of cyclical annealing")] = 4
    free_bits: Annotated[
        float, Doc("nats of KL that each coordinate may spend unpunished; 0: none")
    ] = 0.0
    patience: Annotated[
        int,
        Doc(
            "stop after so many epochs without a better validation loss and keep the best epoch; "
            "0: train all epochs"
        ),
    ] = 0
    binarize: Annotated[
        Literal["never", "always", "alternate"],
        Doc("draw black-and-white pixels afresh at each step; alternate: every second batch"),
    ] = "never"
    input_dropout: Annotated[float, Doc("share of the encoder's input pixels set to 0")] = 0.0
    augment: Annotated[float, Doc("share of each batch that is slightly deformed")] = 0.0
    deformation: Annotated[
        Literal["free", "framed"],
        Doc(
            "free: turned, sheared, resized and moved; framed: so that the ink keeps its middle "
            "and its longer side, as in digits prepared as MNIST's were"
        ),
    ] = "free"
    augment_for: Annotated[
        Literal["both", "encoder"],
        Doc("who learns from deformed pictures; encoder: the decoder learns from real ones alone"),
    ] = "both"
    polish_augment: Annotated[float, Doc("the same during the polish, nearer to real data")] = 0.3
    polish_objective: Annotated[
        PolishObjective, Doc("bound that the polish maximises; same: that of the epochs before")
    ] = "same"
    encoder_epochs: Annotated[
        int, Doc("last passes, in which the encoder alone learns, by the ELBO of a fixed decoder")
    ] = 0
    encoder_learning_rate: Annotated[float, Doc("peak learning rate of those")] = 1e-3
    encoder_augment: Annotated[float, Doc("share of their batches that is deformed")] = 0.5
    average: Annotated[float, Doc("decay of the running average of the weights; 0: none")] = 0.0
    precision: Annotated[
        Literal["float32", "bfloat16"], Doc("of matrix products; bfloat16 is faster")
    ] = "bfloat16"
    threads: Annotated[
        int,
        Doc("processor threads; 0: as many as pay, measured while training; a number: equal runs"),
    ] = 0
    limit: Annotated[int, Doc("use only the first so many training images; 0: all")] = 0
    seed: Annotated[int, Doc("start of every random choice")] = 0

    def __post_init__(self):
        check_types(self)
        if isinstance(self.dataset, str) and not self.dataset.strip():
            raise ConfigError("dataset needs a name, or the path of a folder or file of pictures.")
        within(self, "epochs", 1, MAX_EPOCHS)
        within(self, "polish_epochs", 0, MAX_EPOCHS)
        within(self, "encoder_epochs", 0, MAX_EPOCHS)
        within(self, "batch_size", 1, 65_536)
        within(self, "learning_rate", 0, MAX_LEARNING_RATE, open_below=True)
        within(self, "polish_learning_rate", 0, MAX_LEARNING_RATE, open_below=True)
        within(self, "encoder_learning_rate", 0, MAX_LEARNING_RATE, open_below=True)
        within(self, "weight_decay", 0, 10)
        within(self, "momentum", 0, 0.9999)
        within(self, "square_decay", 0, 0.99999)
        within(self, "samples", 1, 1000)
        within(self, "lattice_points", 2, 2**20)
        within(self, "lattice_start", 2, 2**20)
        within(self, "proposals", 0, 1000)
        within(self, "beta", 0, 1000)
        within(self, "clip_norm", 0, 1e6)
        within(self, "kl_warmup", 0, 1)
        within(self, "kl_cycles", 1, 1000)
        within(self, "free_bits", 0, 100)
        within(self, "patience", 0, 100_000)
        within(self, "input_dropout", 0, 0.95)
        within(self, "augment", 0, 1)
        within(self, "polish_augment", 0, 1)
        within(self, "encoder_augment", 0, 1)
        within(self, "average", 0, 0.99999)
        within(self, "threads", 0, 1024)
        within(self, "limit", 0, 10_000_000)
        within(self, "seed", 0, 2**31 - 1)
        for name in {self.objective, self.objective_of_polish}:
            self._check_objective(name)
        if not self.model.variational and self.samples > 1:
            raise ConfigError("an autoencoder has no posterior to sample: use elbo and 1 sample.")
        if not self.model.variational and self.free_bits:
            raise ConfigError("an autoencoder has no KL to spare: set free_bits to 0.")
        if self.patience and self.polish_epochs:
            raise ConfigError("early stopping has no polish: set patience or polish_epochs to 0.")
        if self.patience and self.encoder_epochs:
            raise ConfigError(
                "early stopping has no last stage: set patience or encoder_epochs to 0."
            )

    def _check_objective(self, name: str) -> None:
        objective = OBJECTIVES[name]
        if objective.needs_posterior and not self.model.variational:
            raise ConfigError("an autoencoder has no posterior to sample: use elbo and 1 sample.")
        if not objective.weighs_kl and not self._plain_kl():
            raise ConfigError(
                f"{name} has no KL term to weigh: set beta to 1, kl_annealing to none "
                "and free_bits to 0."
            )
        if objection := objective.objection(self):
            raise ConfigError(f"{name} {objection}")

    def _plain_kl(self) -> bool:
        return self.beta == 1 and self.kl_annealing == "none" and self.free_bits == 0

    @property
    def total_epochs(self) -> int:
        """Those of all stages together."""
        return self.epochs + self.polish_epochs + self.encoder_epochs

    @property
    def objective_of_polish(self) -> str:
        """A key of OBJECTIVES."""
        return self.objective if self.polish_objective == "same" else self.polish_objective


def shape_text(shape: tuple[int, ...]) -> str:
    """Channels, height and width as people read them: "28 × 28 pixels in grey"."""
    channels, height, width = shape
    return f"{width} × {height} pixels in {'colour' if channels == 3 else 'grey'}"


def to_dict(config: LatentConfig | TrainConfig) -> dict[str, Any]:
    """A config as plain JSON values; `from_dict` is its inverse."""
    return dataclasses.asdict(cast(Any, config))


def from_dict(kind: type, values: Any) -> Any:
    """Build a `ModelConfig` or `TrainConfig` from JSON values; ConfigError on unknown names."""
    if not isinstance(values, dict):
        raise ConfigError(f"{kind.__name__} must be an object of named settings.")
    known = {f.name for f in dataclasses.fields(kind)}
    if unknown := sorted(set(values) - known):
        raise ConfigError(
            f"unknown setting {', '.join(unknown)}: the file comes from a newer version."
        )
    values = dict(values)
    hints = get_type_hints(kind)
    for name in PARTS:
        if name in values:
            values[name] = from_dict(hints[name], values[name])
    for name in LAYERS:
        if isinstance(values.get(name), list):
            values[name] = tuple(values[name])
    return kind(**values)


PARTS = ("model", "reading")  # of a TrainConfig


def help_text(kind: type, name: str) -> str:
    """The help of one field, as written beside it."""
    hint = get_type_hints(kind, include_extras=True)[name]
    return next((m.documentation for m in get_args(hint)[1:] if isinstance(m, Doc)), "")


def choices(kind: type, name: str) -> tuple[str, ...]:
    """The values a field of fixed choices may take; none for any other field."""
    hint = get_type_hints(kind)[name]
    return get_args(hint) if get_origin(hint) is Literal else ()


def within(config: Any, name: str, low: float, high: float, open_below: bool = False) -> None:
    value = getattr(config, name)
    if not low <= value <= high or (open_below and value == low):
        at_least = "above" if open_below else "at least"
        raise ConfigError(f"{name} must be {at_least} {low} and at most {high}, got {value}.")


def check_types(config: Any, but: tuple[str, ...] = ()) -> None:
    """Refuse wrong types early: configs come from files and forms as well as from code."""
    hints = get_type_hints(type(config))
    for name in (f.name for f in dataclasses.fields(config) if f.name not in but):
        hint, value = hints[name], getattr(config, name)
        if get_origin(hint) is Literal:
            if value not in get_args(hint):
                raise ConfigError(
                    f"{name} must be one of {', '.join(get_args(hint))}, got {value!r}."
                )
        elif get_origin(hint) is tuple:
            if type(value) is not tuple or not all(type(item) is int for item in value):
                raise ConfigError(f"{name} must be whole numbers, got {value!r}.")
        elif hint is float:
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
                raise ConfigError(f"{name} must be a number, got {value!r}.")
        elif type(value) is not hint:
            raise ConfigError(f"{name} must be of type {hint.__name__}, got {value!r}.")
