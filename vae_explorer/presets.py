"""Settings worth naming: the tutorials' own models, and recipes measured to be better.

A preset is one entry of the table below. `docs/figures.md` says what each reaches;
`checkpoints/README.md` how the shipped ones were made.
"""

from dataclasses import replace
from typing import Any

from vae_explorer.config import ModelConfig, TrainConfig


def _as_printed(encoder: tuple[int, ...], latent_dim: int, **model: Any) -> ModelConfig:
    """A tutorial's model: plain ReLU layers, the decoder mirroring the encoder."""
    plain = ModelConfig(latent_dim, encoder, decoder=encoder[::-1], activation="relu", fourier=0)
    return replace(plain, **model)


_LOOP = TrainConfig(  # the tutorials' loop: Adam as it comes, and nothing else
    epochs=50,
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
_SHORTER = replace(_LONG, epochs=200, polish_epochs=12)


def _convolutional(side: int, encoder: tuple[int, ...], decoder: tuple[int, ...]) -> ModelConfig:
    """Strided convolutions, and upsampling ones that mirror them, around three coordinates."""
    return ModelConfig(
        encoder=(256,),
        decoder=(256,),
        convolutions=encoder,
        decoder_convolutions=decoder,
        normalization="group",
        image_size=side,
    )


_CONVOLUTIONAL = TrainConfig(epochs=30, batch_size=64, learning_rate=2e-3, average=0.99)


def _sized(latent_dim: int) -> TrainConfig:
    """The long recipe, shortened, for another number of latent coordinates."""
    return replace(_SHORTER, model=ModelConfig(latent_dim=latent_dim, encoder=(768, 384)))


def _planar() -> TrainConfig:
    """In two coordinates sums over the prior are cheap: they end what the ELBO began."""
    return replace(
        _sized(2),
        epochs=180,
        augment=0.5,
        deformation="framed",
        polish_epochs=22,
        polish_augment=0.3,
        polish_objective="lattice",
        lattice_start=2048,
        lattice_points=2048,
        proposals=4,
        encoder_epochs=140,
        encoder_learning_rate=2e-3,
        encoder_augment=0.9,
    )


def _variant(epochs: int = 60, **settings: Any) -> TrainConfig:
    """A smaller 3-D model by the same recipe, one thing changed: to be compared."""
    of_model = {name: settings.pop(name) for name in ("classes", "variational") if name in settings}
    model = ModelConfig(encoder=(384, 192), decoder=(392, 392), **of_model)
    return replace(_SHORTER, model=model, epochs=epochs, **settings)


def _over_lattice(latent_dim: int, **settings: Any) -> TrainConfig:
    """The smaller model, first by the ELBO, then its decoder by log p(x) itself, then its encoder.

    By log p(x) from the start a decoder lays pictures in folds that no encoder finds its way in.
    Fewer coordinates have to change faster to hold as much: their Fourier features are finer.
    """
    scale = {1: 2.0, 2: 1.0, 3: 0.7}[latent_dim]
    model = ModelConfig(latent_dim, (384, 192), (392, 392), fourier_scale=scale)
    config = TrainConfig(
        model=model,
        epochs=40,
        polish_epochs=12,
        encoder_epochs=15,
        batch_size=512,
        learning_rate=4e-3,
        polish_objective="lattice",
        polish_augment=0.0,
        binarize="alternate",
        input_dropout=0.1,
        average=0.99,
    )
    return replace(config, **settings)


_TABLE: dict[str, tuple[TrainConfig, str]] = {  # settings, and what they are for
    "mnist-3d": (_LONG, "the shipped model: Fourier features, deformed digits, long training"),
    "fashion-3d": (
        replace(_SHORTER, dataset="fashion-mnist", binarize="never", augment=0.0),
        "clothes in place of digits: as they are, for soft greys are what they are made of",
    ),
    "mnist-3d-quick": (
        TrainConfig(epochs=5, average=0.99),
        "a good 3-D model of MNIST in well under a minute",
    ),
    "mnist-3d-sprint": (
        TrainConfig(
            model=ModelConfig(encoder=(392, 392), decoder=(392, 392)),
            epochs=1,
            learning_rate=6e-3,
            schedule="linear",
            momentum=0.8,  # with a shorter memory it learns in one epoch what took two
            square_decay=0.95,
        ),
        "as good as ten epochs of the tutorial's loop, in seconds",
    ),
    "mnist-2d": (_planar(), "two coordinates: a plane to look at as a whole"),
    "mnist-5d": (
        _sized(5),
        "five coordinates: sharper digits, seen through three principal components",
    ),
    "mnist-10d": (
        replace(_SHORTER, model=ModelConfig(latent_dim=10, encoder=(384, 192), decoder=(320, 320))),
        "ten coordinates: sharper still",
    ),
    "mnist-32d": (
        replace(  # Fourier features of so many coordinates leave most of them unused
            _SHORTER,
            model=ModelConfig(latent_dim=32, encoder=(384, 192), fourier=0),
            epochs=60,
            kl_annealing="linear",
            kl_warmup=0.2,
        ),
        "more coordinates than it needs: some of them stay unused",
    ),
    "mnist-plain-3d": (
        _variant(),
        "a smaller VAE of three coordinates: what the next four are compared with",
    ),
    "mnist-conditional-3d": (
        _variant(classes=10),
        "given the class, so that its coordinates are left for style",
    ),
    "mnist-beta4-3d": (
        _variant(beta=4.0),
        "four times the weight on the KL term: rounder, blurrier",
    ),
    "mnist-autoencoder-3d": (
        _variant(variational=False),
        "no KL term, no noise: it reconstructs, but what lies between?",
    ),
    "mnist-iwae-3d": (
        _variant(epochs=40, objective="iwae", samples=5),
        "trained on the importance-weighted bound of five samples",
    ),
    "mnist-1d-lattice": (
        _over_lattice(1, lattice_points=1024, lattice_start=256),
        "one coordinate, a line through all digits: log p(x) itself, by 1,024 points in the end",
    ),
    "mnist-2d-lattice": (
        _over_lattice(2, lattice_points=2048),
        "two coordinates: log p(x) itself, by 2,048 points of the plane in the end",
    ),
    "mnist-3d-lattice": (
        _over_lattice(3, lattice_points=4096, lattice_start=1024, proposals=4),
        "three coordinates: log p(x) itself, by 4,096 points and four for each picture in the end",
    ),
    "digits-3d": (
        TrainConfig(
            model=ModelConfig(encoder=(256, 128), decoder=(256, 256)),
            dataset="digits",
            epochs=300,
            batch_size=64,
            input_dropout=0.1,
            augment=0.5,
            average=0.99,
        ),
        "the embedded 8x8 digits: no download, a minute or two to train",
    ),
    "conv-28": (
        replace(_CONVOLUTIONAL, model=_convolutional(28, (32, 64), (64, 32))),
        "convolutions both ways, for pictures of about 28 pixels",
    ),
    "conv-64": (
        replace(_CONVOLUTIONAL, model=_convolutional(64, (32, 64, 128), (128, 64, 32))),
        "convolutions both ways, for pictures of about 64 pixels, grey or colour",
    ),
    "conv-128": (
        replace(_CONVOLUTIONAL, model=_convolutional(128, (16, 32, 64, 128), (128, 64, 32, 16))),
        "convolutions both ways, for pictures of about 128 pixels, grey or colour",
    ),
    "mnist-2d-tutorial": (
        replace(_LOOP, model=_as_printed((512, 256), 2)),
        "a tutorial's 784-512-256-2 with ReLU, fifty epochs",
    ),
    "mnist-3d-tutorial": (
        replace(_LOOP, model=_as_printed((392, 392), 3, activation="leaky_relu"), epochs=10),
        "a tutorial's 784-392-392-3 with LeakyReLU 0.3, ten epochs",
    ),
    "mnist-32d-tutorial": (
        replace(_LOOP, model=_as_printed((256, 128), 32)),
        "a tutorial's 784-256-128-32 with ReLU, fifty epochs",
    ),
    "fashion-64d-tutorial": (
        replace(_LOOP, model=_as_printed((256, 128), 64), dataset="fashion-mnist"),
        "a tutorial's 784-256-128-64 of Fashion-MNIST, fifty epochs",
    ),
    "mnist-autoencoder-tutorial": (
        replace(_LOOP, model=_as_printed((512,), 128, variational=False)),
        "a tutorial's plain autoencoder 784-512-128, fifty epochs",
    ),
}
PRESETS = {name: config for name, (config, _) in _TABLE.items()}
PRESET_HELP = {name: about for name, (_, about) in _TABLE.items()}
