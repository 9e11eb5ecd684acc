"""Models of molecules as pages show them: groups of a property, components, what is served."""

import dataclasses
import json
import struct

import numpy as np
import pytest
import torch
from molecules import needs_rdkit, needs_selfies
from starlette.requests import Request

from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.models.molecules.components import components
from vae_explorer.training.runs.model_library import SHIPPED
from vae_explorer.ui.molecules import live_payload, molecule_space, served_structures


@pytest.fixture(scope="module")
def shipped():
    return load_checkpoint(SHIPPED / "moses-3d.safetensors")


def test_components_lose_no_point_and_are_the_same_each_time():
    mu = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) * torch.arange(1.0, 7)
    found = components(mu)
    assert found.rotated
    assert torch.allclose(found.back(found.of(mu)), mu, atol=1e-4)
    spread = found.of(mu).std(dim=0)
    assert spread.tolist() == sorted(spread.tolist(), reverse=True)
    assert torch.equal(found.axes, components(mu.clone()).axes)
    assert torch.allclose(found.axes.T @ found.axes, torch.eye(6), atol=1e-5)


def test_three_coordinates_stay_as_they_are():
    mu = torch.randn(50, 3)
    assert torch.equal(components(mu).of(mu), mu) and not components(mu).rotated


def test_groups_of_a_property_are_of_equal_size_and_named_by_their_limits():
    values = np.linspace(0, 10, 1_000)
    labels, names = molecule_space.grouped(values, "logP")
    assert np.bincount(labels).tolist() == [200] * 5
    assert names == (
        "logP < 2.0",
        "logP 2.0 to 4.0",
        "logP 4.0 to 6.0",
        "logP 6.0 to 8.0",
        "logP > 8.0",
    )
    assert molecule_space.grouped(np.array([250.0, 350.0]), "weight")[1][0].endswith(" Da")


def test_property_that_is_always_the_same_makes_no_more_groups_than_two():
    labels, names = molecule_space.grouped(np.full(30, 2.0), "SA")
    assert set(labels.tolist()) <= set(range(len(names))) and len(names) <= 2


@needs_rdkit
@needs_selfies
def test_space_of_a_shipped_model_is_that_of_its_molecules(shipped):
    molecules = molecule_space.of(shipped, "QED")
    space = molecules.space
    assert len(molecules.smiles) == len(space.codes.mu) == len(molecules.properties) == 2_000
    assert space.codes_alone and space.noun == "molecule" and len(space.classes) == 5
    assert len(space.colours) == 5 and np.isfinite(molecules.properties).all()
    codes, sigma = molecules.encoded(list(molecules.smiles[:3]))
    assert torch.allclose(codes, space.codes.mu[:3], atol=0.01)  # kept in half precision
    assert sigma.shape == (3, 3) and (sigma > 0).all()


@needs_rdkit
@needs_selfies
def test_blob_says_where_the_server_draws(shipped):
    molecules = molecule_space.of(shipped)
    data = live_payload.blob(molecules, "", "view")
    (length,) = struct.unpack("<I", data[:4])
    header = json.loads(data[4 : 4 + length])
    assert header["structures"].endswith(f"/structures/{shipped.sha256}")
    assert header["originals"] == header["structures"] and header["codesAlone"]
    assert header["coordinates"] == ["z1", "z2", "z3"]
    assert not any(part["missing"] for part in header["pipeline"]["parts"])


def test_model_without_encoded_molecules_says_so(shipped):
    with pytest.raises(CheckpointError, match="keeps no encoded molecules"):
        molecule_space.of(dataclasses.replace(shipped, encoded=None))


def request(query: str = "", **path) -> Request:
    """What a browser asks for, as the server hands it on."""
    return Request({"type": "http", "query_string": query.encode(), "path_params": path})


@needs_rdkit
@needs_selfies
def test_structure_is_served_of_shown_models_alone(shipped):
    assert served_structures.at(request("z=0,0,0", model="unknown")).status_code == 404
    sha = served_structures.address(molecule_space.of(shipped)).rpartition("/")[2]
    response = served_structures.at(request("z=0,0,0", model=sha))
    answer = json.loads(response.body)
    assert answer["valid"] and answer["svg"].startswith("<svg")
    assert answer["words"].startswith("logP")
    again = served_structures.at(request("z=0.0,-0.0,0", model=sha))
    assert again.body == response.body
    for wrong in ("", "0,0", "a,b,c", "nan,0,0", "inf,0,0", "1e9,0,0", "0,0,0,0"):
        assert served_structures.at(request(f"z={wrong}", model=sha)).status_code == 400, wrong


@needs_rdkit
def test_encoded_molecules_are_served_as_pictures(shipped):
    sha = served_structures.address(molecule_space.of(shipped)).rpartition("/")[2]
    picture = served_structures.item(request(model=sha, index=5))
    assert picture.media_type == "image/png" and bytes(picture.body)[1:4] == b"PNG"
    assert served_structures.item(request(model=sha, index=2000)).status_code == 404
