"""One visitor against another on a public server, over real HTTP and websockets.

Each attack is refused in a sentence, and the victim's run goes on. What stands behind the pages is
tried in `tests/access` and `tests/ui`; here is what whoever reaches the port can do.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import launch
import pytest
from paths import ROOT
from visitor import Visitor, request, secret_of

from vae_explorer.access import owners, visitors
from vae_explorer.cli import main
from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.files import write_json
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import Run, create_run, list_runs
from vae_explorer.ui.load import lesson

LIMITS = """
trainings_at_once = 1
queue_per_visitor = 2
upload_mb = 1
session_mb = 2
"""
FOLDER = "/srv/somewhere/private"


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    """All that the server writes, errors and greetings alike."""
    return tmp_path_factory.mktemp("log") / "log.jsonl"


def logged(log: Path) -> list[dict]:
    """The whole lines of a log, each an object."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines(True) if "\n" in line]


@pytest.fixture(scope="module")
def url(tmp_path_factory, log) -> Iterator[str]:
    """A public server, as behind a proxy; its runs lie where those of the tests do."""
    folder = tmp_path_factory.mktemp("public")
    (folder / "limits.toml").write_text(LIMITS)
    env = {
        "VAE_EXPLORER_PUBLIC": "1",
        "VAE_EXPLORER_LIMITS": str(folder / "limits.toml"),
        "VAE_EXPLORER_DATA": str(folder / "data"),
        "VAE_EXPLORER_RUNS": str(folder / "runs"),
        "VAE_EXPLORER_LOG_FORMAT": "json",
    }
    settings = [f"--server.allowedHosts={name}" for name in ("127.0.0.1", "class.example.org")]
    settings += ["--logger.level=info", "--logger.hideWelcomeMessage=true"]  # as `app` has it
    with (
        launch.serving(ROOT / "app.py", env, *settings, prefix="/vae", log=log) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("VAE_EXPLORER_RUNS", env["VAE_EXPLORER_RUNS"])
        yield server.url
    assert logged(log)[-1]["event"] == "server_stopped"


@pytest.fixture(autouse=True)
def _own_folders(url):
    """The server's, in place of each test's own."""


def _run(name: str, secret: str, state: str, message: str = "") -> Run:
    """A run of a browser: nothing trains it, but to whoever looks it stands so."""
    config = TrainConfig(model=ModelConfig(encoder=(16,), decoder=(16,)), dataset="digits")
    run = create_run(name, config, owner=owners.note(visitors.of_browser(secret)))
    write_json(run.folder / "status.json", run_folder.status_line(state, 1, 10, message))
    return run


@pytest.fixture(scope="module")
def victim(url) -> Iterator[tuple[Run, Visitor]]:
    """Somebody whose run is under way: the test holds its lock as a process would."""
    visitor = Visitor(url, "train")
    run = _run("victim", visitor.secret, "running")
    with run.lock():
        yield run, visitor
    visitor.close()


@pytest.fixture(scope="module")
def attacker(url, victim) -> Iterator[Visitor]:
    """Somebody else, on the same page."""
    visitor = Visitor(url, "train")
    yield visitor
    visitor.close()


def test_personal_server_that_others_would_reach_does_not_start():
    flags = ["--server.headless=true", "--server.address=0.0.0.0", "--server.port=0"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *flags]
    env = os.environ | {"VAE_EXPLORER_PUBLIC": ""}
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("error: on 0.0.0.0 other machines reach")


def test_page_gives_each_browser_a_secret_that_scripts_cannot_read(url):
    first, second = request(f"{url}/"), request(f"{url}/")
    assert visitors.is_secret(secret_of(first)) and secret_of(first) != secret_of(second)
    cookie = next(c for c in first.headers.get_all("Set-Cookie") if visitors.COOKIE in c)
    assert "Path=/vae;" in cookie  # nothing else on this name has it
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert first.headers["Cache-Control"] == "no-store"
    safe = request(f"{url}/", X_Forwarded_Proto="https").headers.get_all("Set-Cookie")
    assert any(c.endswith("; Secure") for c in safe)
    kept = request(f"{url}/", Cookie=f"{visitors.COOKIE}={secret_of(first)}")
    assert not secret_of(kept)
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }.items():
        assert kept.headers[name] == value
    assert "frame-ancestors 'self'" in kept.headers["Content-Security-Policy"]


def test_measurements_and_other_names_are_shut(url):
    assert request(f"{url}/_stcore/metrics").status == 403
    assert request(f"{url}/_stcore/metrics/").status != 200
    assert request(f"{url}/", Host="rebound.example").status == 421
    health = request(f"{url}/_stcore/health")
    assert health.status == 200 and "_streamlit_xsrf" in health.headers["Set-Cookie"]


def test_run_of_another_can_be_watched_but_not_changed(attacker, victim):
    run, owner = victim
    owner.open("run=victim")
    stop = owner.widget("stop_run")
    said = attacker.open("run=victim").said
    assert "Somebody else's run: you can watch it" in said
    for key in ("stop_run", "rename_run", "delete_run", "resume_run", "queue_run"):
        assert not attacker.has(key)
    attacker.forge(stop)
    assert run.status().state == "running" and not (run.folder / "stop").exists()


def test_trainings_beyond_the_limits_are_refused_in_a_sentence(attacker, victim):
    attacker.open()
    assert "one training is under way here" in attacker.press("start").lower()
    attacker.set("train_epochs", "double_value", 100_000.0)
    assert "this server allows 500 M" in attacker.press("queue")
    attacker.set("train_epochs", "double_value", 2.0)
    attacker.set("train_encoder", "string_value", "8192, 8192, 8192, 8192, 8192")
    assert "this server trains at most 10 M" in attacker.press("queue")
    attacker.set("train_encoder", "string_value", "16")
    said = [attacker.press("queue") for _ in range(4)]
    assert "two trainings of yours are waiting" in said[2]
    assert "two trainings of yours are waiting" in said[3]
    waiting = [run for run in list_runs() if run.status().state == "queued"]
    assert len(waiting) == 2 and victim[0].status().state == "running"


def test_server_says_what_it_allows(attacker):
    said = attacker.open().said
    assert "What this server allows" in said and "Runs of yours that may wait: 2." in said


def test_no_folder_of_the_server_is_named_or_read(url, victim):
    why = f"the data {FOLDER}/digits cannot be read: no rights."
    _run("broken", victim[1].secret, "failed", why)
    nosy = Visitor(url, "train")
    said = nosy.open("run=broken").said
    assert "the data digits cannot be read" in said and FOLDER not in said
    nosy.set("train_dataset", "string_value", "Use your own data")
    for link in ("run=../../etc", "model=/etc/passwd&data_way=Path&train_folder=/etc"):
        said = nosy.open(link).said
        assert "/etc" not in said and "Traceback" not in said
        assert "Your pictures" in said and "Path on this machine" not in said
        assert not nosy.has("data_way") and not nosy.has("train_folder")
    nosy.close()


def test_caches_stay_when_a_visitor_wants_them_emptied(attacker):
    attacker.open()
    attacker.clear_cache()
    assert "What this server allows" in attacker.open().said


def test_uploads_have_a_size(url, attacker):
    address = f"{url}/_stcore/upload_file/{attacker.session}/file"
    named = 'attachment; filename="lovelace.png"'
    answer = request(f"{address}?name=lovelace", "PUT", bytes(1_200_000), Content_Disposition=named)
    assert (
        answer.status == 413 and answer.text == "A file has at most 1 MB here: send a smaller one."
    )


def test_visitor_without_a_cookie_starts_nothing(url):
    nobody = Visitor(url, "train", secret="")
    nobody.open()
    assert "allow cookies" in nobody.press("queue")
    nobody.close()


def test_visitors_who_ask_for_the_same_heavy_work_have_it_from_a_worker(url):
    asking = [Visitor(url, "anomalies") for _ in range(3)]
    with ThreadPoolExecutor(len(asking)) as at_once:
        pages = list(at_once.map(lambda visitor: visitor.open("model=digits-3d").said, asking))
    assert all("Anomalies flagged" in said for said in pages)
    for visitor in asking:
        visitor.close()


def test_operator_learns_how_many_visitors_it_holds(url, monkeypatch, capsys):
    monkeypatch.setattr(lesson, "PAGES", lesson.PAGES[:1])  # Explore alone
    short = ["--visitors", "2", "--seconds", "1", "--json"]
    patient = ["--slider-seconds", "60", "--page-seconds", "60"]
    assert main(["load", url, "--model", "digits-3d", *short, *patient]) == 0
    (met,) = json.loads(capsys.readouterr().out)["stages"]
    assert met["visitors"] == 2 and met["actions"] >= 14 and met["errors"] == []
    assert main(["load", url, "--model", "other"]) == 1
    assert "has no model other: it has mnist-3d, " in capsys.readouterr().err


def test_owner_stops_the_run(victim):
    run, owner = victim
    owner.open("run=victim")
    owner.press("stop_run", "run=victim")
    assert (run.folder / "stop").exists()
    assert Path(run.folder / "config.json").exists()


def test_log_tells_what_happened_and_of_nobody(url, log, attacker, victim):
    expected = {"server_started", "training_queued", "training_refused", "upload_refused"}
    expected |= {"host_refused", "clear_refused", "computation", "memory"}
    deadline = time.monotonic() + 60
    while expected - {line["event"] for line in logged(log)}:  # memory is told after 15 s
        assert time.monotonic() < deadline, logged(log)
        time.sleep(0.1)
    lines = {line["event"]: line for line in reversed(logged(log))}
    for line in logged(log):
        assert {"time", "level", "event", "message"} <= line.keys()
    assert lines["server_started"]["queue_per_visitor"] == 2
    assert lines["training_refused"]["limit"] == "trainings_at_once"
    assert lines["upload_refused"]["megabytes"] == pytest.approx(1.2)
    assert lines["computation"]["outcome"] == "done" and lines["memory"]["memory_mb"] > 100
    text = log.read_text("utf-8")
    run, owner = victim
    names = [run.name, "broken", "digits-3d", "lovelace", "127.0.0.1", FOLDER, "rebound"]
    for personal in (*names, owner.secret, attacker.secret, attacker.session, "run=", "model="):
        assert personal not in text, personal
