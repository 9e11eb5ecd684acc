"""Settings worth naming, of models of molecules: the tutorial's own, and ours."""

from dataclasses import replace

from vae_explorer.molecule_config import MoleculeConfig, MoleculeTrainConfig

_OURS = MoleculeTrainConfig(
    model=MoleculeConfig(notation="selfies", pieces=220),
    limit=600_000,  # of 1.58 million: what is learned from in the time
    epochs=40,
    epoch_size=50_000,
    batch_size=128,
    learning_rate=2e-3,
    weight_decay=0.01,
    clip_norm=20.0,
    beta=0.3,
    kl_annealing="linear",
    kl_warmup=1.0,
    average=0.999,
)
_TUTORIAL = MoleculeTrainConfig(
    model=MoleculeConfig(architecture="tutorial"),
    epochs=15,
    epoch_size=20_000,
    optimizer="adam",
    learning_rate=1e-3,
    schedule="constant",
    weight_decay=0.0,
    precision="float32",
    beta=0.84,  # its loss is a mean over 54 tokens and one over 64 coordinates: their ratio
)
_TABLE: dict[str, tuple[MoleculeTrainConfig, str]] = {  # settings, and what they are for
    "moses-64d": (_OURS, "molecules: 64 coordinates that hold nearly all of one"),
    "moses-3d": (
        replace(
            _OURS,
            model=MoleculeConfig(
                latent_dim=3,
                notation="selfies",
                pieces=220,
                encoder_width=128,
                decoder_width=256,
            ),
            epochs=12,
        ),
        "molecules in three coordinates: what they have in common, to look at as a whole",
    ),
    "moses-64d-tutorial": (
        _TUTORIAL,
        "a tutorial's printed model of molecules, all tokens at once",
    ),
}
MOLECULE_PRESETS = {name: config for name, (config, _) in _TABLE.items()}
MOLECULE_PRESET_HELP = {name: about for name, (_, about) in _TABLE.items()}
