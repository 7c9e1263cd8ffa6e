"""nginx with a configuration of ours, on a free port."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.helpers.server import wait_until

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
LISTEN = "listen 80;"


@contextmanager
def nginx(folder: Path, config: str, addresses: Mapping[str, str]) -> Iterator[str]:
    """Runs it in `folder` and gives its URL. `addresses`: what to put for names in `config`."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("nginx is not installed; make test installs it")
    port = _free_port()
    assert LISTEN in config
    config = config.replace(LISTEN, f"listen 127.0.0.1:{port};")
    for name, address in addresses.items():
        assert name in config
        config = config.replace(name, address)
    for stream in ("stdout", "stderr"):
        config = config.replace(f"/dev/{stream}", f"{folder}/{stream}.log")
    inside = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    config = config.replace("http {\n", "http {\n" + inside, 1)
    path = folder / "nginx.conf"
    path.write_text(f"daemon off;\npid {folder}/nginx.pid;\n{config}")
    command = [program, "-p", str(folder), "-e", f"{folder}/start.log", "-c", str(path)]
    process = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url) or process.poll() is not None, "nginx to listen")
        assert process.poll() is None, (folder / "start.log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/health")
    except httpx.TransportError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
