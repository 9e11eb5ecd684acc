"""nginx before app processes, by the configuration that `deploy/` ships, as tests run it.

Knows what has to be another on a machine of tests: ports, names, and where files may be written.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import launch
import pytest
from paths import ROOT

SHIPPED = ROOT / "deploy" / "nginx.conf"
PREFIX = "/vae"
NO_NGINX = "no nginx on this machine, which tests of the proxy need: apt-get install nginx"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason=NO_NGINX)
AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    log_format of_tests "$cookie_vae_explorer_visitor\t$upstream_addr";
    access_log {folder}/access.log of_tests;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {shipped}
}}
"""


@contextmanager
def before(servers: Sequence[str], folder: Path) -> Iterator[str]:
    """nginx before the app at these addresses; the app's address through it, without a slash."""
    port = launch.free_port()
    line = re.compile(r"server app1:.*(\n.*server app\d:.*)*")
    shipped = line.sub(
        "\n".join(
            f"server {urlsplit(url).netloc} max_fails=1 fail_timeout=10s;" for url in servers
        ),
        SHIPPED.read_text(),
    ).replace("listen 80;", f"listen 127.0.0.1:{port};")
    config = folder / "nginx.conf"
    config.write_text(AROUND.format(folder=folder, shipped=shipped))
    command = [NGINX or "", "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    answers = f"{PREFIX}/_stcore/health"
    with launch.started(command, port, folder, os.environ, answers) as server:
        yield server.url + PREFIX
