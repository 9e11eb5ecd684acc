"""Settings of a model of molecules and of its training; refuses nonsense when it is made.

A molecule is a string of tokens, each a number: 0 fills up, 1 begins and ends, the others are
`tokens`, in order. Knows nothing of tensors or of chemistry.
"""

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typing_extensions import Doc

from vae_explorer.config import LatentConfig, TrainConfig, check_types, from_dict, within
from vae_explorer.errors import ConfigError

PAD, END = 0, 1  # token numbers; the second one begins a string as well
SPECIAL = 2  # how many numbers are no token of a molecule
MAX_TOKENS = 250  # different ones: a number takes a byte
MAX_LENGTH = 500  # tokens of a string
MAX_TOKEN_TEXT = 200  # characters of a token


_CATEGORICAL: Any = "categorical"  # of a token; of a pixel there are two others


@dataclass(frozen=True)
class MoleculeConfig(LatentConfig):
    """What a model of molecules is made of; with its weights, all that is needed to rebuild it."""

    latent_dim: Annotated[int, Doc("number of latent coordinates D")] = 64
    architecture: Annotated[
        Literal["recurrent", "tutorial"],
        Doc(
            "recurrent: LSTMs that read from both ends, and one that writes token by token, given "
            "z each time; tutorial: as printed there, all tokens at once"
        ),
    ] = "recurrent"
    notation: Annotated[
        Literal["smiles", "selfies"],
        Doc("what is written: SMILES, or SELFIES, of which every string is a molecule"),
    ] = "smiles"
    pieces: Annotated[
        int, Doc("longer tokens, made of those that often follow each other; 0: single symbols")
    ] = 0
    embedding: Annotated[int, Doc("numbers that stand for a token")] = 32
    encoder_width: Annotated[int, Doc("of each LSTM that reads")] = 256
    decoder_width: Annotated[int, Doc("of the LSTM that writes")] = 512
    variational: Annotated[bool, Doc("false: a plain autoencoder without posterior or KL")] = True
    tokens: Annotated[
        tuple[str, ...], Doc("what strings are made of; none: those of the training molecules")
    ] = ()
    length: Annotated[int, Doc("tokens that a string has at most; 0: as the longest one")] = 0

    # Of a string stored as one row of token numbers, what pictures have
    classes = 0
    likelihood = _CATEGORICAL
    pixel_scale = 0.0
    channels = image_size = 1
    image_width = 0
    dropout = 0.0

    def __post_init__(self):
        if isinstance(self.tokens, list):
            object.__setattr__(self, "tokens", tuple(self.tokens))
        if type(self.tokens) is not tuple or not all(map(_is_token, self.tokens)):
            raise ConfigError("tokens must be short texts.")
        check_types(self, but=("tokens",))
        within(self, "latent_dim", 1, 1024)
        within(self, "embedding", 1, 1024)
        within(self, "encoder_width", 1, 4096)
        within(self, "decoder_width", 1, 4096)
        within(self, "length", 0, MAX_LENGTH)
        within(self, "pieces", 0, MAX_TOKENS)
        if len(self.tokens) > MAX_TOKENS or len(set(self.tokens)) < len(self.tokens):
            raise ConfigError(f"tokens must be {MAX_TOKENS} different ones at most.")

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of a stored string: one row of token numbers."""
        return 1, 1, self.length

    @property
    def token_count(self) -> int:
        """Of different numbers: those of tokens, and the two others."""
        return len(self.tokens) + SPECIAL


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_TOKEN_TEXT


if TYPE_CHECKING:
    OfMolecules = Any  # in place of the ModelConfig of other settings
else:
    OfMolecules = MoleculeConfig


@dataclass(frozen=True)
class MoleculeTrainConfig(TrainConfig):
    """Everything that decides the outcome of a training run on molecules.

    What only makes sense for pictures stays as it is: ConfigError otherwise.
    """

    model: OfMolecules = field(default_factory=MoleculeConfig)
    dataset: Annotated[
        str, Doc("moses, or the path of a file: .smi, .txt, .csv, .tsv or .sdf, also as .gz")
    ] = "moses"
    column: Annotated[
        str, Doc("of a file that is a table: which one has the SMILES; none: as its heading says")
    ] = ""
    epoch_size: Annotated[
        int, Doc("molecules in an epoch, of a pass over the training set; 0: all of them")
    ] = 0

    def __post_init__(self):
        super().__post_init__()
        within(self, "epoch_size", 0, 10**9)
        for kept in _FOR_PICTURES:
            if getattr(self, kept.name) != kept.default:
                raise ConfigError(f"{kept.name} is for pictures: molecules go without.")


FOR_PICTURES = (  # settings of a training that molecules go without
    *("polish_epochs", "polish_objective", "encoder_epochs", "binarize", "input_dropout"),
    *("augment", "deformation", "augment_for", "lattice_points", "lattice_start", "proposals"),
)
_FOR_PICTURES = [f for f in fields(TrainConfig) if f.name in FOR_PICTURES]


def train_config(values: Any) -> TrainConfig:
    """A `TrainConfig` from JSON values, of pictures or of molecules; ConfigError."""
    model = values.get("model") if isinstance(values, dict) else None
    of_molecules = isinstance(model, dict) and "tokens" in model
    return from_dict(MoleculeTrainConfig if of_molecules else TrainConfig, values)
