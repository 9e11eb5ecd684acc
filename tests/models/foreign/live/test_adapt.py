"""Live objects of many layouts: read as they were trained, worth what their own loss says."""

import foreign_modules as modules
import numpy as np
import pytest
import torch
from foreign_modules import digits, trained

from vae_explorer.errors import CheckpointError
from vae_explorer.latent import posterior
from vae_explorer.models.foreign.conformance.judge import MAX_PICTURES
from vae_explorer.models.foreign.live import outputs
from vae_explorer.models.foreign.live.adapt import adapt

SAME_NATS = 0.1
LAYOUTS = {  # module -> the answers that are right
    modules.Examples: {"output": "unit", "second head": "log_variance"},
    modules.HeadsInForward: {"output": "unit", "second head": "log_variance"},
    modules.ListOfOutputs: {"output": "unit", "second head": "log_variance"},
    modules.Chunked: {"output": "logits", "second head": "log_variance"},
    modules.Distributions: {"output": "logits", "second head": "standard_deviation"},
    modules.StandardDeviation: {"output": "unit", "second head": "standard_deviation"},
    modules.ModelOutputs: {"output": "unit", "second head": "log_variance"},
    modules.DataclassOutput: {"output": "unit", "second head": "log_standard_deviation"},
    modules.Conditional: {"output": "unit", "second head": "log_variance"},
    modules.OptionalLabel: {"output": "unit", "second head": "log_variance"},
    modules.SampledToo: {"output": "unit", "second head": "log_variance"},
    modules.Normalized: {"output": "unit", "input range": "mnist"},
}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("kind", LAYOUTS, ids=lambda kind: kind.__name__)
def test_layout_is_read_as_it_was_trained(kind):
    module = trained(kind(), kind.bound, epochs=25 if kind is modules.ListOfOutputs else 8)
    x, y = digits()
    adapted = adapt(module, x, y if issubclass(kind, modules.Conditional) else None)
    assert adapted.latent_dim == modules.LATENT and adapted.image_shape == (1, 28, 28)
    decisions = {d.name: d.value for d in adapted.card.decisions}
    assert LAYOUTS[kind].items() <= decisions.items()
    own, ours = bounds(module, kind, adapted, x, y)
    assert ours == pytest.approx(own, abs=SAME_NATS)


def bounds(module, kind, adapted, x, y):
    """The module's own −ELBO a picture, and that of the adapter, with the same noise."""
    x, y = x[:MAX_PICTURES], y[:MAX_PICTURES]
    label = y if adapted.config.classes else None
    with torch.no_grad():
        torch.manual_seed(1)
        if kind in (modules.Examples, modules.Normalized):
            module.training = True  # its forward draws noise in training alone
        own = float(kind.bound(module, x, y)) / len(x)
        module.eval()
        mu, logvar = adapted.encode(x, label)
        torch.manual_seed(1)
        eps = torch.randn_like(mu).unsqueeze(0)
        ours = posterior.neg_elbo(adapted, x, label, mu, logvar, eps).mean().item()
    return own, ours


def test_spatial_latent_with_pictures_from_minus_one_to_one():
    module = trained(modules.LatentDist(), modules.LatentDist.bound)
    x, _ = digits()
    adapted = adapt(module, x)
    decisions = {d.name: d.value for d in adapted.card.decisions}
    assert decisions["input range"] == decisions["output"] == "signed"
    assert decisions["second head"] == "log_variance"
    assert adapted.latent_dim == 2 * 7 * 7 and adapted.config.likelihood == "gaussian"
    with torch.no_grad():
        mu, logvar = adapted.encode(x[:9])
        made = adapted.decode(mu)
        dist = module.encode(2 * x[:9] - 1).latent_dist
        own = module.decode(dist.mean).sample / 2 + 0.5
    torch.testing.assert_close(mu, dist.mean.flatten(1))
    torch.testing.assert_close(logvar, dist.logvar.flatten(1))
    torch.testing.assert_close(made, own)


def test_plain_autoencoder_has_no_second_head():
    module = trained(modules.PlainAutoencoder(), modules.PlainAutoencoder.bound)
    adapted = adapt(module, digits()[0])
    assert not adapted.config.variational
    assert adapted.card.neg_elbo < adapted.card.mean_picture


def test_two_functions_of_arrays_always_work():
    module = trained(modules.Examples(), modules.Examples.bound)
    weights = {name: value.numpy() for name, value in module.state_dict().items()}

    def encode(x):
        assert isinstance(x, np.ndarray)
        hidden = np.maximum(
            x.reshape(len(x), 784) @ weights["fc1.weight"].T + weights["fc1.bias"], 0
        )
        return tuple(
            hidden @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
            for name in ("fc21", "fc22")
        )

    def decode(z):
        hidden = np.maximum(z @ weights["fc3.weight"].T + weights["fc3.bias"], 0)
        return 1 / (1 + np.exp(-(hidden @ weights["fc4.weight"].T + weights["fc4.bias"])))

    x, _ = digits()
    ours, theirs = adapt(None, x, encode=encode, decode=decode), adapt(module, x)
    assert ours.card.neg_elbo == pytest.approx(theirs.card.neg_elbo, abs=1e-3)


def test_an_object_stays_as_it_was():
    module = trained(modules.ListOfOutputs(), modules.ListOfOutputs.bound, epochs=25).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    adapt(module, digits()[0]).encode(digits()[0][:3])
    assert all(part.training for part in module.modules())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_pictures_of_others_are_refused_with_both_figures():
    module = trained(modules.Examples(), modules.Examples.bound)
    noise = torch.rand(200, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with pytest.raises(
        CheckpointError, match=r"costs [\d,.]+ nats .* the mean picture costs [\d,.]+"
    ):
        adapt(module, noise)


def test_pictures_of_another_size_are_refused_with_both_shapes():
    module = trained(modules.Examples(), modules.Examples.bound, epochs=1)
    with pytest.raises(CheckpointError, match=r"\(1, 32, 32\).*784"):
        adapt(module, torch.rand(8, 1, 32, 32))


def test_what_the_users_own_code_raises_is_said():
    def encode(x):
        raise KeyError("my own mistake")

    with pytest.raises(CheckpointError, match="my own mistake"):
        adapt(None, digits()[0], encode=encode, decode=encode)


def test_without_pictures_the_common_reading_is_taken():
    module = trained(modules.ListOfOutputs(), modules.ListOfOutputs.bound, epochs=1)
    adapted = adapt(module)
    assert adapted.card is None and adapted.image_shape == (1, 28, 28)
    assert adapted.latent_dim == modules.LATENT


def test_hints_are_not_measured():
    module = trained(modules.Examples(), modules.Examples.bound)
    adapted = adapt(module, digits()[0], second_head="variance", likelihood="gaussian")
    decision = next(d for d in adapted.card.decisions if d.name == "second head")
    assert decision.given and decision.value == "variance"
    assert adapted.config.likelihood == "gaussian"
    with pytest.raises(CheckpointError, match="nothing is asked about 'colour'"):
        adapt(module, digits()[0], colour="red")
    with pytest.raises(CheckpointError, match="second head cannot be 'width'"):
        adapt(module, second_head="width")
    with pytest.raises(CheckpointError, match="nothing is asked about 'secondhead'"):
        adapt(module, secondhead="variance")


def test_a_distribution_without_a_mean_is_passed_by():
    flow = torch.distributions.TransformedDistribution(
        torch.distributions.Normal(torch.zeros(3, 2), 1.0), torch.distributions.TanhTransform()
    )
    assert outputs.parts({"flow": flow, "mu": torch.ones(3, 2)})[0].path == ".mu"
    with pytest.raises(CheckpointError, match=r"no longer gives \.logvar"):
        outputs.at({"mu": torch.ones(3, 2)}, ".logvar")
