"""What a step is done on: each stage draws live widgets and says what it has observed.

A stage is a function `(space, memory, settings) -> observation`. `memory` is a dict of this visitor
and step, in which it keeps what it needs; `memory["recording"]` says whether acts count yet, which
they do once the learner has made a prediction. All figures of the observation are measured.
"""

from collections.abc import Callable
from typing import Any

from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.pages.learn.stages import (
    averages,
    axes,
    bound_terms,
    explorer,
    fading,
    gradients,
    inference_gaps,
    noise,
    sizes,
    sources,
    training,
    two_models,
)
from vae_explorer.ui.session.latent_space import Space

Stage = Callable[[Space, dict[str, Any], dict[str, str]], Observation]

STAGES: dict[str, Stage] = {
    "averages": averages.show,
    "axes": axes.show,
    "bound": bound_terms.show,
    "explorer": explorer.show,
    "fading": fading.show,
    "gaps": inference_gaps.show,
    "gradients": gradients.show,
    "noise": noise.show,
    "sizes": sizes.show,
    "sources": sources.show,
    "training": training.show,
    "two_models": two_models.show,
}
