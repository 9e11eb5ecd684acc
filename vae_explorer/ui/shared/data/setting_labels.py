"""What the form calls each setting; commands and files call it by its field of the config."""

import re

from vae_explorer.config import help_text
from vae_explorer.molecule_config import MoleculeConfig, MoleculeTrainConfig

LABELS = {
    "latent_dim": "Latent size",
    "encoder": "Encoder layer widths",
    "decoder": "Decoder layer widths",
    "convolutions": "Convolution channels (encoder)",
    "decoder_convolutions": "Convolution channels (decoder)",
    "upsampling": "Upsampling",
    "normalization": "Normalisation",
    "activation": "Activation",
    "residual": "Skip connections",
    "dropout": "Dropout (share of units)",
    "fourier": "Number of Fourier features",
    "fourier_scale": "Fourier frequency scale",
    "classes": "Given classes (0: none)",
    "variational": "Learn a distribution (VAE)",
    "likelihood": "Pixel likelihood",
    "pixel_scale": "Pixel noise (0: learned)",
    "size": "Longer side (pixels, 0: as stored, 64 at most)",
    "colour": "Colour",
    "polarity": "Black and white",
    "preparation": "Preparation of pictures people bring",
    "darkest": "Stored value that becomes black",
    "brightest": "Stored value that becomes white",
    "objective": "Objective",
    "samples": "Samples per picture",
    "lattice_points": "Lattice points",
    "lattice_start": "Lattice points at first",
    "proposals": "Further points per picture",
    "beta": "KL weight (β)",
    "kl_annealing": "Rise of the KL weight",
    "kl_warmup": "Length of the rise (share)",
    "kl_cycles": "Number of rises",
    "free_bits": "Free KL per coordinate (nats)",
    "optimizer": "Optimiser",
    "learning_rate": "Learning rate",
    "schedule": "Learning rate schedule",
    "batch_size": "Batch size",
    "weight_decay": "Weight decay",
    "clip_norm": "Gradient limit (0: none)",
    "momentum": "Momentum",
    "square_decay": "Decay of squared gradients (0: the optimiser's own)",
    "average": "Weight averaging (decay)",
    "precision": "Precision",
    "epochs": "Epochs",
    "patience": "Early stopping after (epochs)",
    "polish_epochs": "Final epochs on clean pictures",
    "polish_learning_rate": "Learning rate of final epochs",
    "polish_augment": "Deformed in final epochs (share)",
    "polish_objective": "Objective of final epochs",
    "encoder_epochs": "Last epochs, encoder alone",
    "encoder_learning_rate": "Learning rate of the encoder alone",
    "encoder_augment": "Deformed for the encoder alone (share)",
    "augment": "Deformed pictures (share)",
    "deformation": "How they are deformed",
    "augment_for": "Deformed pictures go to",
    "input_dropout": "Erased input pixels (share)",
    "binarize": "Black-and-white pixels",
    "limit": "Training pictures (0: all)",
    "seed": "Random seed",
    "threads": "Processor threads",
}


OF_MOLECULES = LABELS | {
    "dataset": "Data set",
    "column": "Column with the SMILES",
    "limit": "Training molecules (0: all)",
    "samples": "Samples per molecule",
    "epoch_size": "Molecules in an epoch (0: all)",
}


def meaning_for_molecules(name: str) -> str:
    """What a setting of a training on molecules means; it is that of pictures, of molecules."""
    kind = MoleculeConfig if name == "latent_dim" else MoleculeTrainConfig
    return help_text(kind, name).replace("picture", "molecule").replace("image", "molecule")


def in_words(sentence: str) -> str:
    """A complaint about settings with their labels in place of the fields' names.

    A name that is also an ordinary word is only replaced where it begins the sentence.
    """
    for name, label in LABELS.items():
        where = rf"\b{name}\b" if "_" in name else rf"^{name}\b"
        sentence = re.sub(where, lambda _, label=label: f"“{label}”", sentence)
    return sentence
