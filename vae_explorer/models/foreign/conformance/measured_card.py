"""What a reading of a model makes of pictures: the figures of its card, and a few pictures."""

from typing import Any

import torch
from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.conformance import criteria
from vae_explorer.models.foreign.conformance.card import LIKELIHOOD, SCALE, Card, Decision
from vae_explorer.models.foreign.conformance.criteria import neg_elbo
from vae_explorer.models.foreign.conformance.judge import Choices, Judge, rationed

SHOWN = 5  # pictures of a card


def known_card(model: Any, x: Tensor, y: Tensor | None, generator: Generator) -> Card:
    """The card of a model that says itself how it is read: nothing is decided or refused."""
    with torch.inference_mode():
        scale = float(model.log_scale().exp())
    judge = Judge(lambda _: model, *rationed(x, y), generator)
    choices = {LIKELIHOOD: model.config.likelihood, SCALE: scale}
    remark = "The file says itself how it is read: nothing was decided."
    return _card(judge, choices, (), (remark,))


def explaining_card(judge: Judge, choices: Choices, decisions: tuple[Decision, ...]) -> Card:
    """The card; CheckpointError where pictures come back no better than their mean."""
    model = judge.build(choices)
    mean = criteria.mean_picture_nats(model.config, judge.x)
    at_mean = judge.of_all(choices, criteria.reconstruction)
    as_scaled = criteria.mean_picture_nats(model.config, judge.x, at_its_scale=True)
    if not at_mean < as_scaled:  # nor where it is no number
        raise CheckpointError(
            "no way of reading the model explains these pictures: at best it costs "
            f"{at_mean:,.1f} nats a picture to reconstruct them, where the mean picture costs "
            f"{as_scaled:,.1f}; they may not be the pictures it was trained on."
        )
    remarks = []
    if judge.nats(choices, len(judge.x), neg_elbo) >= mean:
        remarks.append(
            f"Its −ELBO is no better than that of knowing nothing, although it reconstructs at "
            f"{at_mean:,.1f} nats: its codes cost more than they explain."
        )
    return _card(judge, choices, decisions, tuple(remarks))


def _card(
    judge: Judge,
    choices: Choices,
    decisions: tuple[Decision, ...],
    remarks: tuple[str, ...],
) -> Card:
    model = judge.build(choices)
    bound = judge.nats(choices, len(judge.x), neg_elbo)
    mean = criteria.mean_picture_nats(model.config, judge.x)
    shown = slice(0, SHOWN)
    y = None if judge.y is None else judge.y[shown]
    with torch.inference_mode():
        made = model.decode(model.encode(judge.x[shown], y)[0], y)
    if choices[LIKELIHOOD] == "bernoulli":
        how = "grey pixels as Bernoulli, as tutorials have it"
    elif choices[SCALE] == 1:
        how = "half the squared error"
    else:
        how = f"Gaussian pixels in 256 steps, standard deviation {choices[SCALE]:.3f}"
    protocol = f"{len(judge.x):,} training pictures, {how}, one posterior sample"
    return Card(decisions, bound, mean, protocol, judge.x[shown], made, remarks)
