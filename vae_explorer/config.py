"""Settings of a model and of its training: frozen values that refuse nonsense when they are made.

Knows nothing of tensors. A preset is a value of `TrainConfig`; a command-line flag or a form field
replaces one of its fields. The text in `Doc` is the help that the command line and the app show.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from typing_extensions import Doc

from .errors import ConfigError

MAX_WIDTH = 8192
Activation = Literal["gelu", "relu", "leaky_relu"]


@dataclass(frozen=True)
class ModelConfig:
    """What a model is made of; with its weights, all that is needed to rebuild it."""

    latent_dim: Annotated[int, Doc("number of latent coordinates D")] = 3
    encoder: Annotated[tuple[int, ...], Doc("widths of the encoder's hidden layers")] = (1024, 512)
    decoder: Annotated[tuple[int, ...], Doc("widths of the decoder's hidden layers")] = (512, 512)
    convolutions: Annotated[
        tuple[int, ...],
        Doc("channels of strided convolutions before the encoder's hidden layers; none: an MLP"),
    ] = ()
    activation: Annotated[Activation, Doc("non-linearity between layers")] = "gelu"
    fourier: Annotated[
        int, Doc("random Fourier features of z in front of the decoder; 0: plain z")
    ] = 64
    fourier_scale: Annotated[float, Doc("standard deviation of the features' frequencies")] = 0.7
    residual: Annotated[bool, Doc("add skip connections around equal-width decoder layers")] = False
    classes: Annotated[int, Doc("number of classes to condition on; 0: unconditional")] = 0
    variational: Annotated[bool, Doc("false: a plain autoencoder without posterior or KL")] = True
    likelihood: Annotated[
        Literal["bernoulli", "gaussian"],
        Doc("of a pixel given z; gaussian has unit variance, its loss is half the squared error"),
    ] = "bernoulli"
    image_size: Annotated[int, Doc("pixels along a side of the square grey picture")] = 28

    def __post_init__(self):
        for name in ("encoder", "decoder", "convolutions"):
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        _check_types(self)
        _within(self, "latent_dim", 1, 1024)
        _within(self, "fourier", 0, MAX_WIDTH)
        _within(self, "classes", 0, 1000)
        _within(self, "image_size", 8, 64)
        _within(self, "fourier_scale", 0, 100)
        for name in ("encoder", "decoder", "convolutions"):
            if any(not 1 <= width <= MAX_WIDTH for width in getattr(self, name)):
                raise ConfigError(f"every width in {name} must be between 1 and {MAX_WIDTH}.")
        if not self.decoder or not (self.encoder or self.convolutions):
            raise ConfigError("encoder and decoder need at least one hidden layer each.")
        if len(self.convolutions) > 3:
            raise ConfigError("at most three strided convolutions fit a picture of this size.")
        if self.convolutions and self.classes:
            raise ConfigError("a conditional model takes an MLP encoder: leave convolutions empty.")

    @property
    def pixels(self) -> int:
        """Number of pixels of one picture."""
        return self.image_size**2


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the outcome of a training run on one machine."""

    model: ModelConfig = field(default_factory=ModelConfig)
    dataset: Annotated[
        str, Doc("mnist, fashion-mnist, kmnist, digits, or the path of a folder of pictures")
    ] = "mnist"
    epochs: Annotated[int, Doc("passes over the training images")] = 10
    polish_epochs: Annotated[
        int, Doc("further passes over grey, whole pictures: what scores are measured on")
    ] = 0
    batch_size: Annotated[int, Doc("images in one update")] = 128
    optimizer: Annotated[Literal["adam", "adamw"], Doc("adamw decays weight matrices")] = "adamw"
    learning_rate: Annotated[float, Doc("peak learning rate")] = 3e-3
    polish_learning_rate: Annotated[float, Doc("peak learning rate of the polish")] = 1e-3
    weight_decay: Annotated[float, Doc("decoupled decay of weight matrices, adamw only")] = 0.02
    schedule: Annotated[
        Literal["cosine", "constant"], Doc("cosine: 10 % linear warm-up, then cosine to 1 %")
    ] = "cosine"
    objective: Annotated[Literal["elbo", "iwae"], Doc("bound on log p(x) that is maximised")] = (
        "elbo"
    )
    samples: Annotated[int, Doc("posterior samples a picture; for iwae its K")] = 1
    beta: Annotated[float, Doc("weight of the KL term; 1 is the ELBO")] = 1.0
    binarize: Annotated[
        Literal["never", "always", "alternate"],
        Doc("draw black-and-white pixels afresh at each step; alternate: every second batch"),
    ] = "never"
    input_dropout: Annotated[float, Doc("share of the encoder's input pixels set to 0")] = 0.0
    augment: Annotated[float, Doc("share of each batch that is slightly deformed")] = 0.0
    polish_augment: Annotated[float, Doc("the same during the polish, nearer to real data")] = 0.3
    average: Annotated[float, Doc("decay of the running average of the weights; 0: none")] = 0.0
    precision: Annotated[
        Literal["float32", "bfloat16"], Doc("of matrix products; bfloat16 is faster")
    ] = "bfloat16"
    limit: Annotated[int, Doc("use only the first so many training images; 0: all")] = 0
    seed: Annotated[int, Doc("start of every random choice")] = 0

    def __post_init__(self):
        _check_types(self)
        if isinstance(self.dataset, str) and not self.dataset.strip():
            raise ConfigError("dataset needs a name or the path of a folder of pictures.")
        _within(self, "epochs", 1, 100_000)
        _within(self, "polish_epochs", 0, 100_000)
        _within(self, "batch_size", 1, 65_536)
        _within(self, "learning_rate", 0, 10, open_below=True)
        _within(self, "polish_learning_rate", 0, 10, open_below=True)
        _within(self, "weight_decay", 0, 10)
        _within(self, "samples", 1, 1000)
        _within(self, "beta", 0, 1000)
        _within(self, "input_dropout", 0, 0.95)
        _within(self, "augment", 0, 1)
        _within(self, "polish_augment", 0, 1)
        _within(self, "average", 0, 0.99999)
        _within(self, "limit", 0, 10_000_000)
        _within(self, "seed", 0, 2**31 - 1)
        if not self.model.variational and (self.objective == "iwae" or self.samples > 1):
            raise ConfigError("an autoencoder has no posterior to sample: use elbo and 1 sample.")
        if self.objective == "iwae" and self.beta != 1:
            raise ConfigError("the importance-weighted bound has no KL to weigh: set beta to 1.")

    @property
    def total_epochs(self) -> int:
        """Main and polish epochs together."""
        return self.epochs + self.polish_epochs


def to_dict(config: ModelConfig | TrainConfig) -> dict[str, Any]:
    """A config as plain JSON values; `from_dict` is its inverse."""
    return dataclasses.asdict(config)


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
    if "model" in values:
        values["model"] = from_dict(ModelConfig, values["model"])
    for name in ("encoder", "decoder", "convolutions"):
        if isinstance(values.get(name), list):
            values[name] = tuple(values[name])
    return kind(**values)


def help_text(kind: type, name: str) -> str:
    """The help of one field, as written beside it."""
    hint = get_type_hints(kind, include_extras=True)[name]
    return next((m.documentation for m in get_args(hint)[1:] if isinstance(m, Doc)), "")


def choices(kind: type, name: str) -> tuple[str, ...]:
    """The values a field of fixed choices may take."""
    return get_args(get_type_hints(kind)[name])


def _within(config: Any, name: str, low: float, high: float, open_below: bool = False) -> None:
    value = getattr(config, name)
    if not low <= value <= high or (open_below and value == low):
        at_least = "above" if open_below else "at least"
        raise ConfigError(f"{name} must be {at_least} {low} and at most {high}, got {value}.")


def _check_types(config: Any) -> None:
    """Refuse wrong types early: configs come from files and forms as well as from code."""
    for name, hint in get_type_hints(type(config)).items():
        value = getattr(config, name)
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


_TUTORIAL_MODEL = ModelConfig(
    latent_dim=3, encoder=(392, 392), decoder=(392, 392), activation="leaky_relu", fourier=0
)
_TUTORIAL = TrainConfig(
    model=_TUTORIAL_MODEL,
    epochs=10,
    batch_size=128,
    optimizer="adam",
    learning_rate=1e-3,
    schedule="constant",
    weight_decay=0.0,
    precision="float32",
)
_LONG = TrainConfig(
    epochs=700,
    polish_epochs=16,
    batch_size=512,
    learning_rate=4e-3,
    binarize="alternate",
    input_dropout=0.1,
    augment=0.6,
    polish_augment=0.15,
    average=0.999,
)
_SHORTER = dataclasses.replace(_LONG, epochs=200, polish_epochs=12)


def _sized(latent_dim: int, **settings: Any) -> TrainConfig:
    """The long recipe, shortened, for another number of latent coordinates."""
    model = ModelConfig(latent_dim=latent_dim, encoder=(768, 384))
    return dataclasses.replace(_SHORTER, model=model, **settings)


def _variant(epochs: int = 100, **settings: Any) -> TrainConfig:
    """A smaller 3-D model by the same recipe, one thing changed: to be compared."""
    of_model = {name: settings.pop(name) for name in ("classes", "variational") if name in settings}
    model = ModelConfig(encoder=(512, 256), decoder=(392, 392), **of_model)
    return dataclasses.replace(_SHORTER, model=model, epochs=epochs, **settings)


PRESETS: dict[str, TrainConfig] = {
    "mnist-3d": _LONG,
    "mnist-3d-quick": TrainConfig(epochs=5, average=0.99),
    "mnist-3d-tutorial": _TUTORIAL,
    "mnist-2d": _sized(2),
    "mnist-5d": _sized(5),
    "mnist-10d": _sized(10),
    "mnist-32d": _sized(32, epochs=100),
    "mnist-conditional-3d": _variant(classes=10),
    "mnist-beta4-3d": _variant(beta=4.0),
    "mnist-autoencoder-3d": _variant(variational=False),
    "mnist-iwae-3d": _variant(epochs=60, objective="iwae", samples=5),
    "digits-3d": TrainConfig(
        dataset="digits", epochs=300, batch_size=64, input_dropout=0.1, augment=0.5, average=0.99
    ),
}
PRESET_HELP = {
    "mnist-3d": "the shipped model: Fourier features, deformed digits, long training",
    "mnist-3d-quick": "a good 3-D model of MNIST in well under a minute",
    "mnist-3d-tutorial": "the tutorial's own 784-392-392-3 model and loop, ten epochs",
    "mnist-2d": "two coordinates: a plane to look at as a whole",
    "mnist-5d": "five coordinates: sharper digits, seen through three principal components",
    "mnist-10d": "ten coordinates: sharper still",
    "mnist-32d": "more coordinates than it needs: some of them stay unused",
    "mnist-conditional-3d": "told the class, so that its coordinates are left for style",
    "mnist-beta4-3d": "four times the weight on the KL term: rounder, blurrier",
    "mnist-autoencoder-3d": "no KL term, no noise: it reconstructs, but what lies between?",
    "mnist-iwae-3d": "trained on the importance-weighted bound of five samples",
    "digits-3d": "the embedded 8x8 digits: no download, a minute or two to train",
}
