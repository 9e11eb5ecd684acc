"""Epochs of a run as a browser gets them: what is answered, and what is not."""

import asyncio
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from vae_explorer.latent import geometry
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import Run, create_run, save_tensors
from vae_explorer.ui.pages.train import run_epochs
from vae_explorer.ui.shell.web import http_routes

COUNT, PICTURES, SIDE = 30, 4, 8


@pytest.fixture
def make_run(tiny_training):
    """make_run(dims, name="run", watched=(1, 2)) -> a run with codes of those epochs."""

    def make(dims: int, name: str = "run", watched=(1, 2)) -> Run:
        run = create_run(name, tiny_training)
        for epoch in watched:
            save_tensors(run.folder / "latents" / f"{epoch:04d}.safetensors", kept(dims, epoch))
        return run

    return make


def kept(dims: int, epoch: int) -> dict[str, torch.Tensor]:
    """What a run keeps of an epoch."""
    random = torch.Generator().manual_seed(100 * dims + epoch)
    pictures = torch.randint(256, (PICTURES, SIDE, SIDE), generator=random, dtype=torch.uint8)
    mu = torch.randn(COUNT, dims, generator=random) * torch.linspace(3, 1, dims)
    return {"mu": mu.half(), "reconstructions": pictures}


def get(path: str) -> tuple[int, dict[str, str], bytes]:
    """What the app's own routes answer: status, headers and body."""
    answers = []

    async def ask() -> None:
        async def hear() -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def answer(message: dict) -> None:
            answers.append(message)

        scope = {"type": "http", "method": "GET", "path": unquote(path), "headers": []}
        scope |= {"raw_path": path.encode(), "query_string": b"", "root_path": ""}
        await Starlette(routes=http_routes.ROUTES)(scope, hear, answer)

    with ThreadPoolExecutor(1) as thread:  # browser tests leave a loop running in this one
        thread.submit(asyncio.run, ask()).result()
    headers = {name.decode(): value.decode() for name, value in answers[0]["headers"]}
    return answers[0]["status"], headers, b"".join(part.get("body", b"") for part in answers)


def status(path: str) -> int:
    """The status alone."""
    return get(path)[0]


def unpacked(blob: bytes) -> tuple[dict, np.ndarray, np.ndarray]:
    """Header, points (N, dims) and reconstructions (PICTURES, H, W[, 3])."""
    (length,) = np.frombuffer(blob[:4], "<u4")
    header = json.loads(blob[4 : 4 + length])
    arrays = {}
    for name, (kind, size, offset) in header["arrays"].items():
        arrays[name] = np.frombuffer(blob, f"<{kind}", size, 4 + int(length) + offset)
    points = arrays["points"].reshape(-1, header["dims"]).astype(np.float32)
    return header, points, arrays["reconstructions"].reshape(PICTURES, SIDE, SIDE, -1).squeeze()


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_few_coordinates_are_sent_as_they_lie(make_run, dims):
    run = make_run(dims)
    code, headers, body = get(f"{run_epochs.address(run)}/2/1.bin")
    header, points, pictures = unpacked(body)
    assert (code, headers["cache-control"]) == (200, "max-age=3600")
    assert (header["epoch"], header["onto"], header["dims"]) == (1, None, max(dims, 2))
    np.testing.assert_array_equal(points[:, :dims], run.snapshot(1).mu.numpy())
    assert not points[:, dims:].any()
    np.testing.assert_array_equal(pictures, run.snapshot(1).reconstructions.numpy())


@pytest.mark.parametrize("dims", [5, 64])
def test_many_coordinates_are_drawn_along_the_principal_axes_of_one_epoch(make_run, dims):
    run = make_run(dims)
    for epoch in (1, 2):
        header, points, _ = unpacked(get(f"{run_epochs.address(run)}/2/{epoch}.bin")[2])
        assert (header["onto"], header["dims"]) == (2, 3)
        expected = geometry.projection(run.snapshot(2).mu)(run.snapshot(epoch).mu)
        np.testing.assert_allclose(points, expected.numpy(), atol=0.02)


def test_codes_that_are_not_finite_do_not_spoil_the_axes(make_run):
    run = make_run(5)
    tensors = kept(5, 2)
    tensors["mu"][3] = torch.nan
    tensors["mu"][4, 0] = torch.inf
    save_tensors(run.folder / "latents" / "0002.safetensors", tensors)
    _, points, _ = unpacked(get(f"{run_epochs.address(run)}/2/2.bin")[2])
    finite = np.isfinite(points).all(axis=1)
    assert not finite[[3, 4]].any() and finite.sum() == COUNT - 2


def test_run_made_anew_is_not_taken_for_the_old_one(make_run):
    old = run_epochs.address(make_run(5))
    assert status(f"{old}/1/1.bin") == 200
    shutil.rmtree(run_folder.runs_root() / "run")
    assert status(f"{old}/1/1.bin") == 404
    new = run_epochs.address(make_run(3))
    assert new != old
    assert status(f"{old}/1/1.bin") == 404
    assert status(f"{new}/1/1.bin") == 200


def test_address_of_a_run_that_is_gone_is_empty(make_run):
    run = make_run(3)
    shutil.rmtree(run.folder)
    assert run_epochs.address(run) == ""


def test_address_begins_where_the_app_does(make_run, monkeypatch):
    run = make_run(3)
    plain = run_epochs.address(run)
    monkeypatch.setattr(run_epochs.st, "get_option", lambda name: "/latent/space/")
    assert run_epochs.address(run) == f"/latent/space{plain}"


@pytest.mark.parametrize(
    ("onto", "epoch"),
    [
        ("2", "3"),
        ("2", "0"),
        ("2", "-1"),
        ("2", "1.0"),
        ("2", "x"),
        ("2", "fixed"),
        ("2", "²"),
        ("2", "1" * 9),
        ("2", "1" * 5000),
        ("2", "%2e%2e%2f1"),
        ("3", "1"),
        ("x", "1"),
        ("1" * 5000, "1"),
        ("..", "1"),
    ],
)
def test_whatever_is_no_epoch_is_not_found(make_run, onto, epoch):
    where = run_epochs.address(make_run(5))
    assert status(f"{where}/{onto}/{epoch}.bin") == 404


def test_browser_does_not_remember_that_an_epoch_was_missing(make_run):
    code, headers, _ = get(f"{run_epochs.address(make_run(3))}/2/3.bin")
    assert (code, headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "%2e%2e",
        "..%2f..",
        "%2fetc",
        "~",
        "run%00",
        "run%0a",
        "run/..",
        "r" * 300,
        "none",
    ],
)
def test_whatever_is_no_run_is_not_found(make_run, name):
    stamp = run_epochs.address(make_run(3)).rsplit("/", 1)[1]
    assert status(f"/runs/{name}/{stamp}/1/1.bin") == 404
    assert status(f"/runs/{name}//1/1.bin") == 404


@pytest.mark.parametrize("stamp", ["0", "x", "..", "%2e%2e", "None", ""])
def test_wrong_stamp_is_not_found(make_run, stamp):
    make_run(3)
    assert status(f"/runs/run/{stamp}/1/1.bin") == 404


def test_folder_without_settings_is_no_run(make_run):
    run = make_run(3)
    where = run_epochs.address(run)
    (run.folder / "config.json").unlink()
    assert status(f"{where}/1/1.bin") == 404


@pytest.mark.parametrize("linked", ["run", "latents", "0001.safetensors"])
def test_links_do_not_lead_out_of_the_runs(make_run, tmp_path, linked):
    run = make_run(3)
    paths = {path.name: path for path in (run.folder, *run.folder.rglob("*"))}
    where = run_epochs.address(run)
    assert status(f"{where}/1/1.bin") == 200
    elsewhere = tmp_path / "elsewhere"
    paths[linked].rename(elsewhere)
    paths[linked].symlink_to(elsewhere)
    assert status(f"{where}/1/1.bin") == 404


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop("mu"),
        lambda t: t.pop("reconstructions"),
        lambda t: t.update(mu=torch.zeros(COUNT)),
        lambda t: t.update(mu=torch.zeros(COUNT, 0)),
        lambda t: t.update(reconstructions=torch.zeros(PICTURES, SIDE, SIDE)),
        lambda t: t.update(reconstructions=torch.zeros(PICTURES, 2, 8, 8, dtype=torch.uint8)),
        lambda t: t.update(mu=torch.zeros(COUNT, 7)),
    ],
)
def test_odd_tensors_are_not_found(make_run, change):
    run = make_run(5)
    tensors = kept(5, 1)
    change(tensors)
    save_tensors(run.folder / "latents" / "0001.safetensors", tensors)
    assert status(f"{run_epochs.address(run)}/2/1.bin") == 404


@pytest.mark.parametrize("content", [b"", b"not tensors", None])
def test_damaged_file_is_not_found_and_others_still_are(make_run, content):
    run = make_run(5)
    path = run.folder / "latents" / "0001.safetensors"
    path.write_bytes(path.read_bytes()[:-50] if content is None else content)
    assert status(f"{run_epochs.address(run)}/2/1.bin") == 404
    assert status(f"{run_epochs.address(run)}/1/2.bin") == 404
    assert status(f"{run_epochs.address(run)}/2/2.bin") == 200


def test_axes_that_were_missing_are_used_once_they_are_there(make_run):
    run = make_run(5, watched=(1,))
    where = f"{run_epochs.address(run)}/2/1.bin"
    assert status(where) == 404
    save_tensors(run.folder / "latents" / "0002.safetensors", kept(5, 2))
    assert status(where) == 200


@pytest.mark.parametrize(
    ("watched", "live", "expected"),
    [
        ([1, 2, 3, 4, 5], False, 5),
        ([1, 2, 3, 4, 5], True, 4),
        ([*range(1, 41)], True, 32),
        ([1], True, 1),
        ([3, 5, 6], True, 6),
        ([], True, 0),
        ([], False, 0),
    ],
)
def test_axes_turn_seldom_while_a_run_goes_on(watched, live, expected):
    assert run_epochs.onto(watched, live) == expected


def replaying() -> None:
    """A page that replays a run of three points and two pictures."""
    import numpy as np

    from vae_explorer.ui.components import live_view

    live_view.replay(
        "/runs/run/1",
        [1, 2, 4],
        2,
        np.array([0, 1, 1]),
        np.zeros((2, 8, 8), np.uint8),
        names=("a", "b"),
        colours=("#111111", "#222222"),
        axes=("z1", ""),
        live=True,
        key="replay",
    )


def test_page_sends_what_the_browser_cannot_know():
    at = AppTest.from_function(replaying).run()
    assert not at.exception
    (part,) = at.main.get("bidi_component")
    (length,) = np.frombuffer(part.proto.bytes[:4], "<u4")
    header = json.loads(part.proto.bytes[4 : 4 + length])
    told = {name: header[name] for name in ("address", "epochs", "onto", "live", "key", "axes")}
    assert told == {
        "address": "/runs/run/1",
        "epochs": [1, 2, 4],
        "onto": 2,
        "live": True,
        "key": "replay",
        "axes": ["z1", ""],
    }
    assert (header["count"], header["pictures"], header["shape"]) == (3, 2, [1, 8, 8])
    assert {name: spec[:2] for name, spec in header["arrays"].items()} == {
        "labels": ["u2", 3],
        "originals": ["u1", 128],
    }
