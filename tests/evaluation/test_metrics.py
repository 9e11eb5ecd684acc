"""Scores against closed forms and brute force; each says how it was come by."""

import json
import math

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import Dataset, Split, binarize, to_unit
from vae_explorer.errors import ConfigError
from vae_explorer.evaluation import metrics
from vae_explorer.evaluation.metrics import (
    Score,
    active_units,
    amortisation_gap,
    bound_scores,
    evaluate,
    figure_text,
    knn_accuracy,
)
from vae_explorer.models.checkpoints import EncodedSet
from vae_explorer.models.vae import new_model
from vae_explorer.training.objective.losses import batch_loss


def silent(what, share):
    """A progress report that nobody reads."""


@pytest.fixture
def tiny(held_out, few):
    """A data set of few digits."""
    return Dataset("digits", few, held_out, held_out, tuple("0123456789"))


@pytest.fixture
def line_model():
    """A model of one coordinate over 8x8 pictures, and such pictures."""
    config = ModelConfig(latent_dim=1, encoder=(8,), decoder=(8,), fourier=4, image_size=8)
    model = new_model(config, 3).requires_grad_(False).eval()
    model.decoder[-1].weight.mul_(4)  # or z would hardly matter
    images = torch.randint(0, 256, (12, 8, 8), generator=torch.Generator().manual_seed(0))
    return model, Split(images.byte(), torch.zeros(12, dtype=torch.int64))


@pytest.fixture
def indifferent_model():
    """A model whose decoder ignores z: log p(x) is known in closed form."""
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), fourier=0), 0).requires_grad_(False)
    model.decoder[-1].weight.zero_()
    return model.eval()


def integrated_nll(model, x):
    """-log p(x) (B,) of a model of one coordinate by the trapezoidal rule."""
    z = torch.linspace(-8, 8, 4001).unsqueeze(1)
    bernoulli = Independent(Bernoulli(logits=model.decode_raw(z)), 1)
    log_p = torch.stack([bernoulli.log_prob(picture.flatten()) for picture in x])
    joint = (log_p + Normal(0, 1).log_prob(z).squeeze(1)).double().exp()
    return -torch.trapezoid(joint, z.squeeze(1).double(), dim=1).log().float()


@pytest.mark.parametrize(("estimate", "effort"), [("iw_nll", 5000), ("prior_nll", 2**14)])
def test_likelihood_is_the_integral_over_the_prior(line_model, estimate, effort):
    model, split = line_model
    x = binarize(to_unit(split.images), torch.Generator().manual_seed(4))
    exact = integrated_nll(model, x)
    score = getattr(metrics, estimate)(model, split, "test", 4, effort, silent)
    assert score.value == pytest.approx(exact.mean().item(), abs=0.02)
    assert score.standard_error == pytest.approx(exact.std().item() / 12**0.5, abs=0.02)


def test_prior_likelihood_takes_parts_of_any_size(line_model):
    model, split = line_model
    one = metrics.prior_nll(model, split, "test", 0, 4096, silent)
    two = metrics.prior_nll(model, split, "test", 0, 4096 + 100, silent)
    assert one.value == pytest.approx(two.value, abs=0.05)


def test_likelihood_of_an_indifferent_decoder_is_that_of_its_biases(indifferent_model, held_out):
    x = binarize(to_unit(held_out.images), torch.Generator().manual_seed(0))
    bernoulli = Independent(Bernoulli(logits=indifferent_model.decoder[-1].bias), 1)
    exact = -bernoulli.log_prob(x.flatten(1)).mean().item()
    score = metrics.prior_nll(indifferent_model, held_out, "test", 0, 64, silent)
    assert score.value == pytest.approx(exact, rel=1e-5)


def test_elbo_of_a_posterior_at_the_prior_is_the_likelihood(indifferent_model, held_out):
    for head in (indifferent_model.mean_layer, indifferent_model.log_variance_layer):
        head.weight.zero_()
        head.bias.zero_()
    scores = bound_scores(indifferent_model, held_out, "test", 0)
    logits = indifferent_model.decoder[-1].bias.expand(40, -1)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, to_unit(held_out.images).flatten(1), reduction="none"
    ).sum(dim=1)
    assert scores["kl"].value == 0 == scores["kl"].standard_error
    assert scores["neg_elbo"].value == pytest.approx(expected.mean().item(), rel=1e-5)
    error = expected.std().item() / math.sqrt(40)
    assert scores["neg_elbo"].standard_error == pytest.approx(error, rel=1e-4)


def test_bound_is_the_sum_of_its_parts_and_repeats_with_its_seed(model, held_out):
    one, again, other = (bound_scores(model, held_out, "test", seed) for seed in (0, 0, 1))
    parts = one["reconstruction"].value + one["kl"].value
    assert one["neg_elbo"].value == pytest.approx(parts, rel=1e-6)
    assert one == again and one["reconstruction"].value != other["reconstruction"].value
    assert one["kl"].value == other["kl"].value
    x, generator = to_unit(held_out.images), torch.Generator().manual_seed(0)
    assert one["neg_elbo"].value == pytest.approx(
        batch_loss(model, x, generator=generator).loss.item()
    )


def test_likelihood_is_below_the_bound_on_the_same_pictures(model, held_out):
    binary = (held_out.images > 127).byte() * 255
    split = Split(binary, held_out.labels)
    bound = bound_scores(model, split, "test", 0)["neg_elbo"].value
    assert metrics.iw_nll(model, split, "test", 0, 50, silent).value < bound


def test_importance_samples_in_parts_reach_all_pictures(model, held_out, monkeypatch):
    heard = []
    model.log_variance_layer.bias.data.fill_(-100)
    whole = metrics.iw_nll(model, held_out, "test", 0, 10, silent)
    monkeypatch.setattr(metrics, "DECODING_BATCH", 70)
    parts = metrics.iw_nll(model, held_out, "test", 0, 10, lambda what, share: heard.append(share))
    assert len(heard) == 6 and heard[-1] >= 1
    assert parts.value == pytest.approx(whole.value, rel=1e-2)


def encoded(mu, labels, split="test"):
    mu = torch.tensor(mu).view(len(labels), -1)
    return EncodedSet(mu, torch.zeros_like(mu), torch.tensor(labels), split)


def test_neighbours_vote_by_majority():
    reference = encoded([0.0, 0.1, 0.2, 5.0, 5.1, 5.2], [0, 0, 1, 1, 1, 0], "train")
    score = knn_accuracy(reference, encoded([0.05, 5.05, 4.9, 0.0], [0, 1, 0, 1]), k=3)
    assert score.value == 0.5
    assert score.standard_error == pytest.approx(math.sqrt(1 / 3) / 2)


def test_neighbour_accuracy_is_that_of_brute_force(digits):
    torch.manual_seed(0)
    mu, reference_mu = torch.randn(50, 2), torch.randn(200, 2)
    labels, reference_labels = (mu[:, 0] > 0).long(), (reference_mu[:, 0] > 0).long()
    nearest = torch.cdist(mu, reference_mu).topk(5, largest=False).indices
    expected = (reference_labels[nearest].sum(dim=1) > 2).long().eq(labels).float().mean()
    score = knn_accuracy(
        EncodedSet(reference_mu, reference_mu, reference_labels, "train"),
        EncodedSet(mu, mu, labels, "test"),
    )
    assert score.value == pytest.approx(expected.item())


@pytest.mark.parametrize(("scales", "active"), [([1, 1, 1], 3), ([1, 0.05, 0], 1), ([0.2], 1)])
def test_active_units_are_those_whose_mean_varies(scales, active):
    mu = torch.randn(500, len(scales), generator=torch.Generator().manual_seed(0))
    mu = mu * torch.tensor(scales) + 3
    score = active_units(EncodedSet(mu, mu, torch.zeros(500).long(), "test"))
    assert score.value == active and score.standard_error is None
    assert f"of {len(scales)} coordinates" in score.protocol


def test_protocol_says_colour_of_pictures_in_colour():
    colours = Split(torch.zeros(4, 3, 8, 8, dtype=torch.uint8), torch.zeros(4).long())
    model = new_model(ModelConfig(image_size=8, channels=3), 0)
    scores = bound_scores(model, colours, "test", 0)
    assert all("colour pixels" in score.protocol for score in list(scores.values())[:3])


def test_protocols_state_their_numbers(model, tiny):
    scores, _ = evaluate(model, tiny, split="validation", seed=7, iw_samples=20, prior_points=4096)
    for name, score in scores.items():
        assert "40 validation images" in score.protocol, name
    for name in ("neg_elbo", "reconstruction"):
        assert "grey pixels" in scores[name].protocol and "seed 7" in scores[name].protocol
    for name, effort in [("iw_nll", "20 importance samples"), ("prior_nll", "4,096 Sobol points")]:
        assert "binarised" in scores[name].protocol and "seed 7" in scores[name].protocol
        assert effort in scores[name].protocol
    assert "100 train images" in scores["knn_accuracy"].protocol
    assert "5 nearest" in scores["knn_accuracy"].protocol


SLOW = {"iw_nll", "prior_nll", "amortisation_gap"}
ALL = SLOW | {
    *["neg_elbo", "bits_per_dimension", "reconstruction", "kl"],
    *["knn_accuracy", "active_units", "kl_per_dimension"],
}


@pytest.mark.parametrize(
    ("fields", "absent"),
    [
        ({}, set()),
        ({"latent_dim": 4}, {"prior_nll"}),
        ({"classes": 10}, {"prior_nll"}),
        ({"likelihood": "gaussian"}, {"iw_nll", "prior_nll"}),
        ({"likelihood": "gaussian", "pixel_scale": 0.0}, {"prior_nll"}),
        ({"variational": False}, ALL - {"reconstruction", "knn_accuracy"}),
    ],
    ids=["plain", "four-d", "conditional", "gaussian", "scaled gaussian", "autoencoder"],
)
def test_only_scores_that_suit_the_model_are_given(tiny, fields, absent):
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), **fields), 0).eval()
    scores, _ = evaluate(model, tiny, iw_samples=4, prior_points=64, gap_images=8)
    assert set(scores) == ALL - absent


def test_neighbours_among_one_class_are_not_counted(model, tiny):
    alike = tiny._replace(train=Split(tiny.train.images, torch.zeros_like(tiny.train.labels)))
    scores, _ = evaluate(model, alike, iw_samples=0, prior_points=0, gap_images=0)
    assert set(scores) == ALL - SLOW - {"knn_accuracy"}


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_bits_of_gaussian_pixels_are_those_of_their_steps(tiny, scale):
    """However the loss is counted, the bits are those of the density over steps of 1 / 255."""
    fields = {"likelihood": "gaussian", "pixel_scale": scale}
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), **fields), 0).eval()
    scores, _ = evaluate(model, tiny, iw_samples=0, prior_points=0, gap_images=0)
    nats = scores["neg_elbo"].value
    if scale == 1:
        nats += 784 * (0.5 * math.log(2 * math.pi) + math.log(255))
    assert scores["bits_per_dimension"].value == pytest.approx(nats / 784 / math.log(2))


def test_slow_estimates_can_be_left_out(model, tiny):
    scores, _ = evaluate(model, tiny, iw_samples=0, prior_points=0, gap_images=0)
    assert set(scores) == ALL - SLOW


def test_evaluation_returns_the_split_as_encoded(model, tiny):
    _, codes = evaluate(model, tiny, iw_samples=0, prior_points=0, gap_images=0)
    mu, logvar = model.encode(to_unit(tiny.test.images))
    torch.testing.assert_close(codes.mu, mu)
    torch.testing.assert_close(codes.logvar, logvar)
    assert torch.equal(codes.labels, tiny.test.labels) and codes.split == "test"


def test_evaluation_says_what_it_is_doing(model, tiny):
    heard = []
    few = {"iw_samples": 4, "prior_points": 64, "gap_images": 8}
    evaluate(model, tiny, **few, progress=lambda *p: heard.append(p))
    assert {what for what, _ in heard} == {
        "neighbours",
        "importance-weighted likelihood",
        "encoder-free likelihood",
        "amortisation gap",
    }


def test_kl_by_coordinate_adds_up_to_the_kl(model, tiny):
    scores, codes = evaluate(model, tiny, iw_samples=0, prior_points=0, gap_images=0)
    assert len(scores["kl_per_dimension"].value) == codes.mu.shape[1]
    assert sum(scores["kl_per_dimension"].value) == pytest.approx(scores["kl"].value, rel=1e-4)


def test_encoder_that_is_off_by_a_known_shift_has_that_gap(model, held_out, monkeypatch):
    """Where the decoder heeds nothing, the best posterior is the prior, and the gap all the KL."""
    torch.nn.init.zeros_(model.decoder[-1].weight)
    shifted = torch.full((len(held_out), 3), 2.0), torch.zeros(len(held_out), 3)
    monkeypatch.setattr(model, "encode", lambda x, y: tuple(t[: len(x)] for t in shifted))
    gap = amortisation_gap(model, held_out, "test", 0, 40, lambda *_: None)
    assert gap.value == pytest.approx(3 * 2.0**2 / 2, rel=0.02)
    assert "40 test images" in gap.protocol


def test_refining_leaves_the_model_as_it_was(model, held_out):
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    gap = amortisation_gap(model, held_out, "test", 0, 20, lambda *_: None)
    assert gap.value > 0
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    assert all(weight.grad is None for weight in model.parameters())


@pytest.mark.parametrize(
    ("name", "score", "text"),
    [
        ("neg_elbo", {"value": 120.268, "standard_error": 0.4321}, "120.27 ± 0.43"),
        ("knn_accuracy", {"value": 0.9561, "standard_error": 0.00212}, "0.956 ± 0.002"),
        ("active_units", {"value": 3.0, "standard_error": None}, "3"),
        ("kl_per_dimension", {"value": [1.0, 0.001], "standard_error": None}, "1.00 0.00"),
    ],
)
def test_score_as_people_read_it(name, score, text):
    assert figure_text(name, score) == text


def test_model_of_another_picture_size_is_a_config_error(line_model, tiny):
    with pytest.raises(ConfigError, match="takes 8 × 8 pixels"):
        evaluate(line_model[0], tiny)


def test_scores_become_json():
    scores = {"kl": Score(1.5, 0.1, "analytic"), "active_units": Score(3.0, None, "of 3")}
    plain = json.loads(json.dumps(metrics.to_json(scores)))
    assert plain["kl"] == {"value": 1.5, "standard_error": 0.1, "protocol": "analytic"}
    assert plain["active_units"]["standard_error"] is None
