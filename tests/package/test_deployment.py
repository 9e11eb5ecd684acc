"""What is shipped for servers says what holds today: the image, compose files, proxies, limits.

Nothing is built here: a container builder has no place in the tests.
"""

import inspect
import re
import tomllib

import pytest
from paths import ROOT
from starlette.routing import Match

from vae_explorer.access import limits, mode
from vae_explorer.cli.server.app import app
from vae_explorer.ui.shell.web import http_routes

yaml = pytest.importorskip("yaml", reason="PyYAML, which JupyterLab brings, reads compose files")

DEPLOY = ROOT / "deploy"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
COMPOSE = sorted(path.name for path in DEPLOY.glob("compose*.yaml"))
PORT = re.search(r"EXPOSE (\d+)", DOCKERFILE)[1]
FLAGS = {f"--{name.replace('_', '-')}" for name in inspect.signature(app).parameters}
FLAGS |= {flag.replace("--", "--no-") for flag in FLAGS}


def command(text: str) -> list[str]:
    """A command in the form of a list."""
    return yaml.safe_load(re.search(rf"^{text} (\[.*\])$", DOCKERFILE, re.MULTILINE)[1])


def app_services(name: str) -> list[dict]:
    """The services of a compose file that run the app."""
    services = yaml.safe_load((DEPLOY / name).read_text("utf-8"))["services"].values()
    return [service for service in services if service["image"] == "vae-explorer"]


def test_image_has_the_python_and_the_torch_of_the_project():
    python = re.search(r"ARG PYTHON=(.*)", DOCKERFILE)[1]
    assert python == PROJECT["tool"]["pyright"]["pythonVersion"]
    required = [need for need in PROJECT["project"]["dependencies"] if need.startswith("torch")]
    assert len(required) == 2 and all(f'"{need}"' in DOCKERFILE for need in required)
    extras = re.search(r"ARG EXTRAS=(.*)", DOCKERFILE)[1]
    assert set(extras.split(",")) <= set(PROJECT["project"]["optional-dependencies"])


def test_image_holds_what_the_wheel_is_built_from():
    build = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*build["packages"], *(path.split("/")[0] for path in build["force-include"])}
    needed |= {"pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored and {line[1:] for line in ignored if line.startswith("!")} == needed


def test_image_starts_the_command_as_it_is_and_no_root():
    assert command("ENTRYPOINT")[0] in PROJECT["project"]["scripts"]
    name, *arguments = command("CMD")
    assert name == "app" and {a for a in arguments if a.startswith("--")} <= FLAGS
    assert arguments[arguments.index("--port") + 1] == PORT
    assert re.search(r"^USER 1000$", DOCKERFILE, re.MULTILINE)
    assert all(name in DOCKERFILE for name in (mode.PUBLIC, "VAE_EXPLORER_RUNS"))


def test_health_is_asked_for_where_the_app_answers():
    port, path = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", DOCKERFILE).groups()
    assert port == PORT
    ours = lambda asked: any(  # noqa: E731
        route.matches({"type": "http", "method": "GET", "path": asked})[0] is Match.FULL
        for route in http_routes.ROUTES
    )
    assert ours(path) and ours(f"/class/vae{path}")
    assert not ours("/_stcore/health") and not ours("/vae/_stcore/health")  # it brings a cookie


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_file_fits_the_image(name):
    services = app_services(name)
    assert services
    for service in services:
        assert (DEPLOY / service["build"] / "Dockerfile").is_file()
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        places = {volume.split(":")[0]: volume.split(":")[1] for volume in service["volumes"]}
        assert f'"{places["runs"]}"' in DOCKERFILE and f'"{places["data"]}"' in DOCKERFILE
        assert service["environment"][limits.FILE] == places["./limits.toml"]
        own = service.get("command", [])
        assert {a for a in own if a.startswith("--")} <= FLAGS
        published = service.get("ports", [])
        assert all(each.endswith(f":{PORT}") for each in published)


def test_several_apps_are_those_that_the_proxies_know():
    services = yaml.safe_load((DEPLOY / "compose.several.yaml").read_text("utf-8"))["services"]
    apps = {f"{name}:{PORT}" for name in services if name.startswith("app")}
    own = services["app1"]["command"]
    prefix = own[own.index("--base-path") + 1]
    for name, found in (
        ("nginx.conf", re.findall(r"server (app\d:\d+)", (DEPLOY / "nginx.conf").read_text())),
        ("Caddyfile", re.findall(r"app\d:\d+", (DEPLOY / "Caddyfile").read_text())),
    ):
        assert set(found) == apps and f"{prefix}/" in (DEPLOY / name).read_text(), name


def test_limits_that_are_shipped_are_the_defaults_each_by_name():
    path = DEPLOY / "limits.toml"
    assert limits.read(path) == limits.Limits()
    assert set(tomllib.loads(path.read_text())) == set(limits.Limits.__dataclass_fields__)
    most = limits.Limits().upload_mb
    sizes = [
        re.search(r"client_max_body_size (\d+)m", (DEPLOY / "nginx.conf").read_text())[1],
        re.search(r"max_size (\d+)MB", (DEPLOY / "Caddyfile").read_text())[1],
    ]
    assert all(int(size) > most for size in sizes)
