"""What one encoder for all pictures costs this one: its posterior refined, on request."""

import streamlit as st
import torch
from torch import Generator, Tensor

from vae_explorer import figures
from vae_explorer.evaluation import metrics
from vae_explorer.latent import posterior
from vae_explorer.latent.posterior import Posterior
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared import pictures, user_digit

STEP_DRAWS, BOUND_SAMPLES = 4, 256  # of one picture: little work, so more than for a whole set


def show(space: Space, x: Tensor, label: int) -> None:
    """Gradient steps on this picture's posterior, on request, and what they gain."""
    st.markdown("**Refine the posterior** for this picture alone")
    if reason := posterior.hindrance(space.checkpoint.model):
        messages.note(reason)
        return
    content = x.numpy().tobytes()
    identity = (space.checkpoint.sha256, label, hash(content))
    if registry.REFINED_FOR.get() != identity:
        messages.note(
            "One encoder serves all pictures, so its posterior is not the best one for each. "
            f"{posterior.STEPS} gradient steps on μ and σ show what that costs this picture: the "
            "amortisation gap, smaller is better."
        )
        st.button(
            "Refine",
            icon=":material/tune:",
            key="refine",
            on_click=registry.REFINED_FOR.put,
            args=(identity,),
        )
        return
    before, after = _refined(space.checkpoint, content, label)
    shown = inference.decode(space.checkpoint, torch.cat([before.mu, after.mu]), label)
    names = ["Input", "Encoder's μ", "Refined μ"]
    tiles = figures.to_bytes(torch.cat([x.unsqueeze(0), shown]))
    pictures.gallery(list(tiles), names, width=112)
    gap = (before.neg_elbo - after.neg_elbo).item()
    st.markdown(
        f"−ELBO {before.neg_elbo.item():.1f} → {after.neg_elbo.item():.1f} nats: "
        f"an amortisation gap of **{gap:.1f} nats**{_gap_of_test_digits(space)}."
    )
    messages.note(
        f"Grey pixels, {posterior.STEPS} steps of Adam, both bounds by the same {BOUND_SAMPLES} "
        "samples (seed 0). The gap is at least so large: more steps may find more."
    )
    if space.encoded is not None:
        live_view.mark(
            user_digit.CLOUD,
            target={"refined": latent_space.project(space, after.mu[0])},
            key="refined_mark",
        )


@kept(64, "Refining …")
def _refined(checkpoint: Checkpoint, content: bytes, label: int) -> tuple[Posterior, Posterior]:
    values = torch.frombuffer(bytearray(content), dtype=torch.float32)
    x = values.view(1, *checkpoint.config.image_shape)
    y = torch.tensor([label]) if checkpoint.config.classes else None
    before, after = posterior.refine(
        checkpoint.model,
        x,
        y,
        Generator().manual_seed(0),
        draws=STEP_DRAWS,
        samples=BOUND_SAMPLES,
    )
    return before, posterior.best_of(before, after)


def _gap_of_test_digits(space: Space) -> str:
    score = space.checkpoint.scores.get("amortisation_gap")
    return (
        f" (test {space.noun}s: {metrics.figure_text('amortisation_gap', score)})" if score else ""
    )
