"""Scores with known answers, percentiles, curves and what a detector needs to be kept."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from model_kinds import small_model
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Generator
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from vae_explorer.config import ModelConfig
from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.data.datasets import Split, to_unit
from vae_explorer.errors import CheckpointError, ConfigError, DataError
from vae_explorer.evaluation import anomaly_detection
from vae_explorer.evaluation.anomaly_detection import curves, fit, where_likelihood_fails
from vae_explorer.latent import exact
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.models import anomaly_detector, anomaly_scores, latent_model
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.models.anomaly_scores import SCORES, complexity
from vae_explorer.models.checkpoints import load_checkpoint, rounded_to_half, save_checkpoint
from vae_explorer.models.latent_model import PriorPoints
from vae_explorer.models.likelihoods import bernoulli_nll, kl_divergence, mixture_log_density
from vae_explorer.models.vae import new_model
from vae_explorer.training.runs.model_library import SHIPPED


@pytest.fixture(scope="session")
def fitted(few, held_out):
    """A detector of an untrained model."""
    return fit(small_model(), few, held_out)


@pytest.fixture(scope="session")
def shipped():
    """The shipped model of the embedded digits."""
    return load_checkpoint(SHIPPED / "digits-3d.safetensors")


@pytest.fixture(scope="session")
def x(digits):
    return to_unit(digits.test.images[:30])


# scores


def test_every_score_is_finite_one_a_picture_and_named(fitted, x):
    scores = fitted.scores(x)
    assert tuple(scores) == fitted.names == tuple(SCORES)
    assert all(v.shape == (30,) and v.isfinite().all() for v in scores.values())


def test_scores_of_a_picture_do_not_depend_on_the_others(fitted, x, monkeypatch):
    together = fitted.scores(x)
    monkeypatch.setattr(anomaly_detector, "SCORING_BATCH", 7)
    for one in (fitted.scores(x), fitted.scores(x[11:])):
        for name, values in one.items():
            torch.testing.assert_close(values, together[name][-len(values) :], rtol=1e-3, atol=1e-3)
    assert all(len(v) == 0 for v in fitted.scores(x[:0]).values())


def test_reconstruction_and_relative_error_are_what_they_say(fitted, x):
    model, found = fitted.model, fitted.scores(x)
    with torch.no_grad():
        logits = model.decode_raw(model.encode(x)[0])
    pixels = x.flatten(1)
    torch.testing.assert_close(found["reconstruction"], bernoulli_nll(logits, pixels))
    off = (logits.sigmoid() - pixels).norm(dim=1) / pixels.norm(dim=1)
    torch.testing.assert_close(found["relative_error"], off.square())


def test_importance_weighting_tightens_the_bound_and_both_are_near_their_estimates(fitted, x):
    found = fitted.scores(x)
    assert (found["iw_nll"] <= found["neg_elbo"] + 1e-3).all()
    model, draw = fitted.model, Generator().manual_seed(9)
    with torch.no_grad():
        mu, logvar = model.encode(x)
        z = mu + (0.5 * logvar).exp() * torch.randn(3000, *mu.shape, generator=draw)
        nll = bernoulli_nll(model.decode_raw(z.flatten(0, 1)).view(3000, 30, -1), x.flatten(1))
    expected = nll.mean(dim=0) + kl_divergence(mu, logvar).sum(dim=1)
    torch.testing.assert_close(found["neg_elbo"], expected, rtol=0.02, atol=0)


def test_latent_distance_is_the_mean_to_the_five_nearest_codes(fitted, x):
    with torch.no_grad():
        mu = fitted.model.encode(x)[0]
    apart = (mu[:, None] - fitted.arrays["codes"]).norm(dim=2).sort(dim=1).values
    found = fitted.scores(x)["latent_distance"]
    torch.testing.assert_close(found, apart[:, :5].mean(dim=1), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("diagonal", [False, True])
def test_mixture_density_is_that_of_torch(diagonal):
    draw = Generator().manual_seed(0)
    factors = torch.randn(4, 3, 3, generator=draw).triu()
    factors.diagonal(dim1=1, dim2=2).abs_().add_(0.5)
    if diagonal:
        factors = factors.diagonal(dim1=1, dim2=2).clone()
    arrays = {
        "mixture.weights": torch.tensor([0.1, 0.2, 0.3, 0.4]),
        "mixture.means": torch.randn(4, 3, generator=draw),
        "mixture.precisions": factors,
    }
    full = factors.diag_embed() if diagonal else factors
    oracle = MixtureSameFamily(
        Categorical(arrays["mixture.weights"]),
        MultivariateNormal(arrays["mixture.means"], precision_matrix=full @ full.mT),
    )
    z = torch.randn(20, 3, generator=draw)
    torch.testing.assert_close(
        mixture_log_density(arrays, z), oracle.log_prob(z), rtol=1e-4, atol=1e-4
    )


def test_far_codes_are_more_anomalous_than_near_ones(few, held_out):
    made = fit(small_model(), few, held_out)
    ways = torch.tensor([[0.0], [3.0], [30.0]]) * torch.ones(3)
    density = -mixture_log_density(made.arrays, ways)
    assert (density.diff() > 0).all()


def test_complexity_is_ink_squares_and_edges():
    x = torch.zeros(1, 1, 8, 8)
    x[0, 0, 2:4, 3:6] = 0.5  # a rectangle of 2 x 3
    expected = [6 * 0.5, 6 * 0.25, (2 * 2 + 2 * 3) * 0.5]
    torch.testing.assert_close(complexity(x), torch.tensor([expected]).log())


def test_combined_score_is_what_complexity_does_not_explain_and_a_share_of_density():
    draw = Generator().manual_seed(0)
    given, rest = torch.randn(2_000, 3, generator=draw), torch.randn(2_000, generator=draw)
    density = torch.randn(2_000, generator=draw)
    cost = 4 + 0.5 * given[:, 0] + 0.2 * given[:, 1] * given[:, 2] - 0.1 * given[:, 2] ** 2
    found = {"complexity": given, "latent_density": 7 + 2 * density}
    found["neg_elbo"] = (cost + 0.05 * rest).exp()
    combined = anomaly_scores.combine(anomaly_detection._fit_expected_cost(found), found)
    torch.testing.assert_close(combined, rest + 0.3 * density, rtol=0.1, atol=0.6)
    parts = torch.linalg.lstsq(torch.stack([rest, density], dim=1), combined[:, None]).solution
    torch.testing.assert_close(parts[:, 0], torch.tensor([1, 0.3]), rtol=0, atol=0.03)
    assert torch.corrcoef(torch.stack([combined, cost]))[0, 1].abs() < 0.1


def test_usual_cost_falls_with_the_ink_below_what_was_seen_but_not_without_bound_above():
    """Or blank pictures would be usual, and noise too."""
    given = torch.linspace(4, 5, 200)[:, None].repeat(1, 3)
    found = {"complexity": given, "latent_density": torch.zeros(200)}
    found["neg_elbo"] = given[:, 0].exp()
    arrays = anomaly_detection._fit_expected_cost(found)
    places = torch.tensor([[0.0], [4.5], [5.0], [9.0]]).repeat(1, 3)
    usual = anomaly_scores.complexity_features(places, arrays) @ arrays["usual.coefficients"]
    torch.testing.assert_close(usual, torch.tensor([0.0, 4.5, 5.0, 5.0]), rtol=0, atol=0.05)


def test_no_complexity_excuses_more_than_any_known_one_did():
    """Ink and edges of validation pictures go together; those of other pictures need not."""
    draw = Generator().manual_seed(0)
    given = torch.randn(500, 1, generator=draw) + 0.1 * torch.randn(500, 3, generator=draw)
    found = {"complexity": given, "latent_density": torch.zeros(500)}
    rest = 0.1 * torch.randn(500, generator=draw)
    found["neg_elbo"] = (4 + given[:, 0] - 3 * (given[:, 1] - given[:, 2]) + rest).exp()
    arrays = anomaly_detection._fit_expected_cost(found)
    corner = {"complexity": torch.tensor([[2.0, -2.0, 2.0]]), "latent_density": torch.zeros(1)}
    corner["neg_elbo"] = found["neg_elbo"].max()[None]
    assert anomaly_scores.combine(arrays, corner).item() > -3


def test_corruptions_are_found_by_the_combined_score(shipped, digits):
    made = fit(shipped, digits.train, digits.validation)
    x = to_unit(digits.test.images)
    normal = made.scores(x)["combined"]
    for name, corruption in CORRUPTIONS.items():
        found = made.scores(corruption.change(x, Generator().manual_seed(0)))["combined"]
        least = 0.85 if name in {"mirrored", "flipped"} else 0.98  # an 8 stays one
        assert curves(normal, found).auroc > least, name


@pytest.mark.parametrize(
    "settings",
    [
        *[{"classes": 10}, {"variational": False}, {"likelihood": "gaussian"}, {"latent_dim": 1}],
        *[{"latent_dim": 12}, {"latent_dim": 64}, {"convolutions": (4, 8), "encoder": ()}],
    ],
    ids=str,
)
def test_every_kind_of_model_has_a_detector(settings, few, held_out, x):
    checkpoint = small_model(**settings)
    made = fit(checkpoint, few, held_out)
    lacking = set() if checkpoint.config.variational else {"neg_elbo", "iw_nll", "exact_nll"}
    if checkpoint.config.latent_dim > 3:
        lacking.add("exact_nll")
    assert set(made.names) == set(SCORES) - lacking
    assert all(v.isfinite().all() for v in made.scores(x).values())
    again = Detector.from_arrays(checkpoint.model, made.to_arrays())
    assert torch.equal(again.scores(x)["combined"], made.scores(x)["combined"])


def test_unlabelled_picture_of_a_conditional_model_gets_the_class_that_explains_it_best(
    few, held_out, x
):
    made = fit(small_model(classes=10), few, held_out)
    best = anomaly_scores.best_class(made.model, x)
    free, told = made.scores(x), made.scores(x, best)
    assert all(torch.equal(free[name], told[name]) for name in free)
    others = made.scores(x, (best + 1) % 10)
    assert (others["neg_elbo"] - told["neg_elbo"]).mean() > 0


def test_exact_score_is_the_likelihood_that_very_many_points_tell(few, held_out, x):
    made = fit(small_model(latent_dim=2), few, held_out)
    found = made.scores(x)
    log_p, _ = exact.log_evidence(prior_lattice.decoded_lattice(made.model, 2**14), x)
    torch.testing.assert_close(found["exact_nll"], -log_p, atol=0.05, rtol=0)
    assert (found["exact_nll"] <= found["neg_elbo"] + 0.05).all()


def test_exact_score_of_a_conditional_model_is_that_under_the_class(few, held_out, x):
    made = fit(small_model(classes=10, latent_dim=2), few, held_out)
    y = torch.arange(len(x)) % 10
    log_p = torch.empty(len(x))
    for label in range(10):
        lattice = prior_lattice.decoded_lattice(made.model, 2**12, label=label)
        log_p[y == label] = exact.log_evidence(lattice, x[y == label])[0]
    torch.testing.assert_close(made.scores(x, y)["exact_nll"], -log_p, atol=0.05, rtol=0)


def test_points_of_the_prior_are_decoded_once_and_only_where_a_score_asks(fitted, x, monkeypatch):
    decoded, decode = [], fitted.model.decode_raw

    def counted(z, y=None):
        decoded.append(len(z))
        return decode(z, y)

    monkeypatch.setattr(fitted.model, "decode_raw", counted)
    older = dataclasses.replace(fitted, validation={"combined": fitted.validation["combined"]})
    for made, times in ((older, 0), (dataclasses.replace(fitted), 1)):
        decoded.clear()
        for _ in range(2):
            made.scores(x)
        assert decoded.count(len(made.prior.points)) == times


def test_points_of_the_prior_are_fewer_where_pictures_are_large():
    prior = PriorPoints(new_model(ModelConfig(encoder=(8,), decoder=(8,), image_size=256), 0))
    assert len(prior.points) * 256 * 256 <= latent_model.MAX_VALUES
    assert len(PriorPoints(new_model(ModelConfig(), 0)).points) == latent_model.MAX_POINTS


def test_same_seed_gives_the_same_detector(few, held_out):
    one, two = (fit(small_model(), few, held_out, seed=4).to_arrays() for _ in range(2))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_pictures_of_another_size_are_refused(few, held_out):
    small = Split(few.images[:, :16, :16], few.labels)
    for splits in ((small, held_out), (few, small)):
        with pytest.raises(ConfigError, match="28"):
            fit(small_model(), *splits)


@pytest.mark.parametrize("part", ["mean_layer", "decoder"])
def test_model_whose_codes_or_scores_overflow_is_refused_in_one_sentence(few, held_out, part):
    checkpoint = small_model()
    with torch.no_grad():
        for weights in getattr(checkpoint.model, part).parameters():
            weights.fill_(1e30)
    with pytest.raises(DataError, match=r"no usable numbers.*\.$"):
        fit(checkpoint, few, held_out)


def test_identical_pictures_leave_a_detector_that_works(few, held_out, x):
    same = Split(held_out.images[:1].repeat(20, 1, 1), held_out.labels[:1].repeat(20))
    made = fit(small_model(), same, same)
    assert all(v.isfinite().all() for v in made.scores(x).values())
    Detector.from_arrays(made.model, made.to_arrays())


# percentiles and thresholds


def test_percentile_is_the_share_that_scores_lower_and_never_falls(fitted):
    known = fitted.validation["combined"]
    values = torch.cat([known - 1e-3, known, torch.tensor([-1e9, 1e9])]).sort().values
    found = fitted.percentile("combined", values)
    assert (found.diff() >= 0).all() and found[0] == 0 and found[-1] == 100
    for value in known[::7]:
        share = 100 * (known < value).double().mean()
        assert fitted.percentile("combined", value[None]).item() == pytest.approx(share.item())


def test_threshold_leaves_the_quantile_of_validation_below(few, digits):
    made = fit(small_model(), few, digits.validation)
    found = made.scores(to_unit(digits.validation.images))
    for name in SCORES:
        for quantile in (0.5, 0.9, 0.95):
            below = (found[name] <= made.threshold(name, quantile)).double().mean().item()
            assert below == pytest.approx(quantile, abs=0.01), name


def test_a_few_quantiles_stand_for_many_values(monkeypatch):
    values = torch.randn(5_000, generator=Generator().manual_seed(0))
    kept = anomaly_detection._quantiles(values)
    assert len(kept) == anomaly_detection.QUANTILES and (kept.diff() >= 0).all()
    assert kept[0] == values.min() and kept[-1] == values.max()
    for share in (0.05, 0.5, 0.95):
        exact = torch.quantile(values, share).item()
        assert torch.quantile(kept, share).item() == pytest.approx(exact, abs=0.02)


# kept in a checkpoint


def test_detector_comes_back_exactly(checkpoint, few, held_out, x, tmp_path):
    rounded = rounded_to_half(checkpoint)
    made = fit(rounded, few, held_out)
    whole = dataclasses.replace(rounded, detector=made)
    for half in (False, True):
        save_checkpoint(whole, tmp_path / "a.safetensors", half=half)
        back = load_checkpoint(tmp_path / "a.safetensors").detector
        before, after = made.to_arrays(), back.to_arrays()
        assert before.keys() == after.keys()
        assert all(torch.equal(before[key], after[key]) for key in before)
        one, two = made.scores(x), back.scores(x)
        assert all(torch.equal(one[name], two[name]) for name in SCORES)


def test_checkpoint_without_a_detector_has_none(checkpoint, tmp_path):
    save_checkpoint(checkpoint, tmp_path / "a.safetensors")
    assert load_checkpoint(tmp_path / "a.safetensors").detector is None


def test_changed_weights_lose_the_detector_of_the_old_ones(checkpoint, few, held_out):
    whole = dataclasses.replace(checkpoint, detector=fit(checkpoint, few, held_out))
    assert rounded_to_half(whole).detector is None


def test_detector_is_small_whatever_it_was_fitted_to():
    config = ModelConfig(encoder=(8,), decoder=(8,), fourier=0)
    draw = Generator().manual_seed(0)
    images = torch.randint(0, 256, (3_000, 28, 28), generator=draw).byte()
    split = Split(images, torch.zeros(3_000, dtype=torch.int64))
    checkpoint = dataclasses.replace(small_model(), model=new_model(config, 0).eval())
    arrays = fit(checkpoint, split, Split(images[:1000], split.labels[:1000])).to_arrays()
    assert sum(value.nbytes for value in arrays.values()) < 60_000


BAD = {
    "missing": ("codes", None),
    "no combined scores": ("validation.combined", None),
    "other coordinates": ("codes", torch.zeros(5, 4)),
    "no codes": ("codes", torch.zeros(0, 3)),
    "too many codes": ("codes", torch.zeros(10_001, 3)),
    "flat codes": ("codes", torch.zeros(6)),
    "scalar codes": ("codes", torch.tensor(1.0)),
    "nan": ("codes", torch.full((5, 3), torch.nan)),
    "infinity": ("usual.coefficients", torch.full((10,), torch.inf)),
    "beyond sense": ("usual.coefficients", torch.full((10,), 1e30)),
    "scores beyond sense": ("validation.iw_nll", lambda v: v + 1e30),
    "whole numbers": ("codes", torch.zeros(5, 3, dtype=torch.int64)),
    "complex": ("codes", torch.zeros(5, 3, dtype=torch.complex64)),
    "half precision": ("codes", torch.zeros(5, 3).half()),
    "no weight": ("mixture.weights", lambda v: v * 0),
    "negative weight": ("mixture.weights", lambda v: -v),
    "negative precisions": ("mixture.precisions", lambda v: -v),
    "other components": ("mixture.means", lambda v: v.repeat(2, 1)),
    "spread of nothing": ("usual.spread", torch.tensor(0.0)),
    "hardly any spread": ("usual.spread", torch.tensor(1e-40)),
    "spread in a list": ("usual.spread", torch.ones(1)),
    "density of no spread": ("density", torch.zeros(2)),
    "unsorted": ("validation.combined", lambda v: v.flip(0)),
    "fewer": ("validation.iw_nll", lambda v: v[1:]),
    "no values": ("validation.combined", torch.zeros(0)),
}


@pytest.mark.parametrize(("key", "change"), BAD.values(), ids=BAD.keys())
def test_arrays_that_are_no_detector_are_refused(checkpoint, fitted, key, change, tmp_path):
    arrays = fitted.to_arrays()
    new = change(arrays[key]) if callable(change) else change
    arrays = {k: v for k, v in (arrays | {key: new}).items() if v is not None}
    with pytest.raises(CheckpointError, match="anomaly detector") as caught:
        Detector.from_arrays(fitted.model, arrays)
    assert str(caught.value).endswith(".")
    forged = dataclasses.replace(fitted, arrays=arrays, validation={})
    whole = dataclasses.replace(checkpoint, model=fitted.model, config=fitted.model.config)
    save_checkpoint(dataclasses.replace(whole, encoded=None, detector=forged), tmp_path / "a")
    with pytest.raises(CheckpointError, match="anomaly detector"):
        load_checkpoint(tmp_path / "a")


def test_scores_that_an_older_file_lacks_are_absent(checkpoint, fitted, x, tmp_path):
    arrays = fitted.to_arrays()
    for name in ("neg_elbo", "relative_error"):
        del arrays[f"validation.{name}"]
    older = dataclasses.replace(fitted, arrays=arrays, validation={})
    whole = dataclasses.replace(checkpoint, model=fitted.model, config=fitted.model.config)
    save_checkpoint(dataclasses.replace(whole, encoded=None, detector=older), tmp_path / "a")
    back = load_checkpoint(tmp_path / "a").detector
    assert back.names == tuple(n for n in SCORES if n not in {"neg_elbo", "relative_error"})
    scores = back.scores(x)
    assert tuple(scores) == back.names
    assert torch.equal(scores["combined"], fitted.scores(x)["combined"])
    assert where_likelihood_fails(back, scores, scores) is None


@pytest.mark.parametrize("key", ["extra", "validation.other"])
def test_arrays_of_a_newer_file_are_left_out(fitted, x, key):
    newer = Detector.from_arrays(fitted.model, fitted.to_arrays() | {key: torch.zeros(3)})
    assert newer.to_arrays().keys() == fitted.to_arrays().keys()
    assert torch.equal(newer.scores(x)["combined"], fitted.scores(x)["combined"])


def test_extreme_arrays_that_are_let_in_still_give_scores(fitted, x):
    arrays = fitted.to_arrays()
    for key, value in arrays.items():
        extreme = arrays | {key: torch.full_like(value, 1e6)}
        for name, values in Detector.from_arrays(fitted.model, extreme).scores(x).items():
            assert values.isfinite().all(), (key, name)


def test_detector_of_another_kind_of_model_is_refused(fitted):
    for settings in ({"latent_dim": 4}, {"variational": False}):
        with pytest.raises(CheckpointError):
            Detector.from_arrays(small_model(**settings).model, fitted.to_arrays())


# curves


def test_scores_made_by_hand_have_the_areas_that_one_counts():
    known = {
        (1.0, 1.0): ([1, 2, 3], [4, 5]),
        (0.0, None): ([4, 5], [1, 2, 3]),
        (0.5, None): ([1, 1], [1, 1]),
        (0.75, None): ([1, 3], [2, 4]),
        (0.625, None): ([1, 2], [2, 1.5]),
    }
    for (auroc, precision), (normal, anomalous) in known.items():
        found = curves(torch.tensor(normal).float(), torch.tensor(anomalous).float())
        assert found.auroc == pytest.approx(auroc)
        assert precision is None or found.average_precision == pytest.approx(precision)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_that_are_no_numbers_have_no_curves(bad):
    good, odd = torch.tensor([1.0, 2.0]), torch.tensor([3.0, bad])
    for pair in ((good, odd), (odd, good)):
        with pytest.raises(DataError, match="no usable numbers"):
            curves(*pair)


@pytest.mark.parametrize("rounded", [False, True])
def test_areas_are_those_of_scikit_learn_and_curves_are_short_and_rise(rounded):
    draw = Generator().manual_seed(1)
    normal, anomalous = torch.randn(900, generator=draw), 1 + torch.randn(1_500, generator=draw)
    if rounded:
        normal, anomalous = normal.round(), anomalous.round()
    found = curves(normal, anomalous)
    truth = np.repeat([0, 1], [900, 1_500])
    values = torch.cat([normal, anomalous]).numpy()
    assert found.auroc == pytest.approx(roc_auc_score(truth, values))
    assert found.average_precision == pytest.approx(average_precision_score(truth, values))
    assert anomaly_detection._auroc(normal, anomalous) == pytest.approx(found.auroc)
    for across, up in ((found.fpr, found.tpr), (found.recall, found.precision)):
        assert len(across) == len(up) <= 500
        assert (np.diff(across) >= 0).all() and across[0] == 0 and across[-1] == 1
    assert (np.diff(found.tpr) >= 0).all()
    assert np.trapezoid(found.tpr, found.fpr) == pytest.approx(found.auroc, abs=2e-3)


def test_interval_covers_the_truth_about_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr(anomaly_detection, "BOOTSTRAP", 200)
    draw, shift = Generator().manual_seed(2), 1.0
    truth = 0.5 * (1 + math.erf(shift / 2))
    covered = 0
    for seed in range(100):
        normal, anomalous = torch.randn(60, generator=draw), shift + torch.randn(60, generator=draw)
        found = curves(normal, anomalous, seed)
        assert 0 <= found.auroc_low <= found.auroc <= found.auroc_high <= 1
        covered += found.auroc_low <= truth <= found.auroc_high
    assert 85 <= covered < 99


def test_interval_is_the_same_for_the_same_seed_and_narrower_for_more_pictures():
    draw = Generator().manual_seed(3)
    normal, anomalous = torch.randn(1_000, generator=draw), torch.randn(1_000, generator=draw)
    one, two = (curves(normal, anomalous, 7)[4:] for _ in range(2))
    assert one == two
    few = curves(normal[:50], anomalous[:50])
    assert few.auroc_high - few.auroc_low > 2 * (one[2] - one[1])


# in words


def of_both(neg_elbo, relative_error, combined):
    return {"neg_elbo": neg_elbo, "relative_error": relative_error, "combined": combined}


def test_words_tell_where_likelihood_is_inverted_with_the_figures(fitted):
    up = torch.linspace(0, 1, 101)
    normal = of_both(100 + up, 0.2 + up / 10, up)
    anomalous = of_both(50 + up, 0.6 + up / 10, up + 2)
    said = where_likelihood_fails(fitted, normal, anomalous)
    for part in ("more normal", "AUROC 0.00", "50 here", "100 for", "65%", "25%", "1.00"):
        assert part in said
    assert said.endswith(".") and "  " not in said


def test_words_are_spared_where_likelihood_does_well_or_there_is_none(fitted):
    up = torch.linspace(0, 1, 101)
    normal, anomalous = of_both(up, up, up), of_both(up + 2, up + 2, up + 2)
    assert where_likelihood_fails(fitted, normal, anomalous) is None
    for scores in (normal, anomalous):
        del scores["neg_elbo"]
    assert where_likelihood_fails(fitted, normal, anomalous) is None
