"""The loss of a batch as a module's output; the decoder may learn from a part of the batch alone.

Knows nothing of data, optimisers or files.
"""

from torch import Tensor, nn

from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.models.vae import VAE
from vae_explorer.training.objective.losses import Loss, batch_loss


class BatchLoss(nn.Module):
    """The loss of a batch as the output of a module: what DistributedDataParallel can wrap."""

    def __init__(self, model: VAE | MoleculeVAE, objective: str):
        super().__init__()
        self.model, self.objective = model, objective

    def forward(
        self, x: Tensor, y: Tensor | None, *, encoder_input: Tensor | None, frozen: int, **settings
    ) -> Loss:
        """The decoder learns nothing from the first `frozen` pictures; their terms are left out."""

        def part(these: slice) -> Loss:
            labels, shown = (None if t is None else t[these] for t in (y, encoder_input))
            return batch_loss(
                self.model,
                x[these],
                labels,
                objective=self.objective,
                encoder_input=shown,
                **settings,
            )

        if not frozen:
            return part(slice(None))
        self.model.decoder.requires_grad_(False)
        try:
            of_encoder = part(slice(frozen))
        finally:
            self.model.decoder.requires_grad_(True)
        if frozen == len(x):
            return of_encoder
        of_both = part(slice(frozen, None))
        share = frozen / len(x)
        return of_both._replace(loss=share * of_encoder.loss + (1 - share) * of_both.loss)
