"""The variational autoencoder of molecules: a string of tokens is what a picture is elsewhere.

Gomez-Bombarelli et al. 2018, "Automatic Chemical Design", with the string given again while it is
written (teacher forcing; Bowman et al. 2016). Knows nothing of losses, data or chemistry.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_explorer.models.latent_model import LOGVAR_RANGE, LatentModel
from vae_explorer.models.molecules.networks import Reader, TutorialReader, TutorialWriter, Writer
from vae_explorer.molecule_config import END, PAD, MoleculeConfig

WRITING_BATCH = 500  # strings that are written together
FIRST_LOGVAR = -2.0  # of an untrained encoder: codes that can be told apart are learned faster


class MoleculeVAE(LatentModel[MoleculeConfig]):
    """q(z|x) = N(mu, exp(logvar)), p(z) = N(0, I), p(x|z) a product over tokens.

    x are token numbers (B, T) as int64, filled up with PAD, without an END.
    """

    def __init__(self, config: MoleculeConfig):
        super().__init__()
        self.config = config
        tutorial = config.architecture == "tutorial"
        self.encoder = TutorialReader(config) if tutorial else Reader(config)
        self.mean_layer = nn.Linear(self.encoder.features, config.latent_dim)
        if config.variational:
            self.log_variance_layer = nn.Linear(self.encoder.features, config.latent_dim)
            if not tutorial:
                nn.init.constant_(self.log_variance_layer.bias, FIRST_LOGVAR)
        self.decoder = TutorialWriter(config) if tutorial else Writer(config)

    def encode(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Posterior of strings x (B, T) -> mu (B, D), logvar (B, D); y is always None."""
        self._check_labels(y)
        hidden = self.encoder(x)
        mu = self.mean_layer(hidden).float()
        if not self.config.variational:
            return mu, torch.full_like(mu, LOGVAR_RANGE[0])
        return mu, self.log_variance_layer(hidden).float().clamp(*LOGVAR_RANGE)

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """z (B, D) -> (B, T) token numbers, always the likeliest next one: no randomness."""
        self._check_labels(y)
        written = [self.decoder.write(part) for part in z.split(WRITING_BATCH)]
        longest = max(part.shape[1] for part in written)
        return torch.cat([F.pad(part, (0, longest - part.shape[1])) for part in written])

    def decode_raw(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Of all tokens at once there are no logits: TypeError."""
        raise TypeError("a string is written token by token: use decode")

    def reconstruction_nll(self, z: Tensor, x: Tensor, y: Tensor | None = None) -> Tensor:
        """-log p(x|z) of strings x (B, T) at K points each, (K, B, D) -> (K, B), nats.

        The end of a string counts; of the tutorial's model so does all that fills it up.
        """
        self._check_labels(y)
        if self.config.architecture == "tutorial":
            x = F.pad(x, (0, self.config.length - x.shape[1]), value=PAD)
            targets, counted = x, torch.ones_like(x)
        else:
            targets = F.pad(x, (0, 1), value=PAD)
            ends = x.ne(PAD).sum(dim=1, keepdim=True)
            targets = targets.scatter(1, ends, END)
            counted = targets.ne(PAD)
        samples = len(z)
        logits = self.decoder(z.flatten(0, 1), x.repeat(samples, 1)).float()
        nll = F.cross_entropy(
            logits.flatten(0, 1), targets.repeat(samples, 1).flatten(), reduction="none"
        )
        return (nll.view(samples, *targets.shape) * counted).sum(dim=2)

    def prepared(self, stored: Tensor) -> Tensor:
        """Strings as a `Split` stores them, uint8 (B, 1, T), as the encoder takes them: int64."""
        rows = stored.flatten(1)
        longest = max(1, int(rows.ne(PAD).sum(dim=1).max()))
        return rows[:, :longest].long()

    def stored(self, decoded: Tensor) -> Tensor:
        """What `decode` gave, as a `Split` stores strings: uint8 (B, 1, `length`)."""
        kept = decoded.masked_fill(decoded.eq(END), PAD)[:, : self.config.length]
        return F.pad(kept, (0, self.config.length - kept.shape[1])).byte().unsqueeze(1)

    def blank_loss(self) -> float:
        """Nats a string that a decoder costs at most that knows nothing."""
        return (self.config.length + 1) * math.log(self.config.token_count)


def new_molecule_model(config: MoleculeConfig, seed: int) -> MoleculeVAE:
    """A freshly initialised model; the same for the same seed, whatever ran before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MoleculeVAE(config)
