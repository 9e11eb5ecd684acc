"""The quiz: its answers are what comes of running it, with any model."""

import pytest
import torch

from vae_explorer.latent import geometry
from vae_explorer.models.checkpoints import EncodedSet, load_checkpoint
from vae_explorer.shipped import CHECKPOINTS
from vae_explorer.teaching.quiz import QUESTIONS, Model


def taken(checkpoint, codes=None) -> Model:
    codes = codes or checkpoint.encoded
    return Model(checkpoint, codes, geometry.typical_spacing(codes.mu, (0.5 * codes.logvar).exp()))


@pytest.fixture(scope="module")
def shipped():
    return taken(load_checkpoint(CHECKPOINTS / "mnist-3d.safetensors"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_runs_say_an_option_and_figures(shipped, name):
    question = QUESTIONS[name]
    outcome = question.run(shipped)
    assert 0 <= outcome.right < len(question.options)
    assert any(letter.isdigit() for letter in outcome.text) and "nan" not in outcome.text


@pytest.mark.parametrize("name", QUESTIONS)
def test_runs_work_with_few_pictures_and_one_coordinate(small, name):
    checkpoint = small(count=20, latent_dim=1)
    assert QUESTIONS[name].run(taken(checkpoint)).text


def changed(model: Model, **parts) -> Model:
    """The model with other encoded pictures."""
    return taken(model.checkpoint, EncodedSet(**(model.codes._asdict() | parts)))


def test_answers_follow_the_model(shipped):
    """Where what a question asks about is not so, another option comes true."""
    count = len(shipped.codes.mu)
    assert QUESTIONS["used"].run(shipped).right == 0
    logvar = shipped.codes.logvar.clone()
    logvar[:, 0] = 0
    mu = shipped.codes.mu.clone()
    mu[:, 0] = 0
    assert QUESTIONS["used"].run(changed(shipped, mu=mu, logvar=logvar)).right == 1
    one_class = changed(shipped, labels=torch.zeros(count, dtype=torch.int64))
    assert QUESTIONS["swapped"].run(one_class).right == 1
    assert QUESTIONS["between"].run(one_class).right == 1
    away = changed(shipped, mu=shipped.codes.mu + 50)
    assert QUESTIONS["middle"].run(shipped).right == 0
    assert QUESTIONS["middle"].run(away).right == 1
