"""The built web app, and the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import api
from tests.helpers.server import ServerProcess

PAGE = "<!doctype html><title>the app</title>"


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, database_process: DatabaseProcess
) -> Iterator[ServerProcess]:
    """A server with a web app of a page and one script."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "assets").mkdir()
    (folder / "assets" / "index-abc123.js").write_text("let it = 1;")
    (folder / "index.html").write_text(PAGE)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder.parent / "outside.txt").write_text("not for the world")
    server = ServerProcess(
        tmp_path_factory.mktemp("server"),
        WEB_DIR=str(folder),
        DB_URL=database_process.url,
        DB_NAME="pages",
    )
    try:
        yield server.start()
    finally:
        server.close()


@pytest.mark.parametrize("path", ["/", "/sessions/1", "/join/eyJ.a.b", "/problems", "/index.html"])
def test_every_address_of_the_app_is_its_page(built: ServerProcess, path: str) -> None:
    answer = api(built.url).get(path)
    assert answer.status_code == 200
    assert answer.text == PAGE
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_assets_are_kept_for_ever(built: ServerProcess) -> None:
    answer = api(built.url).get("/assets/index-abc123.js")
    assert answer.text == "let it = 1;"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = api(built.url).get(
        "/assets/index-abc123.js", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


def test_other_files_are_asked_for_again(built: ServerProcess) -> None:
    assert api(built.url).get("/favicon.svg").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/assets/old-000000.js", "/api/none", "/api", "/ws/none", "/ready/x"]
)
def test_what_is_no_page_is_not_found(built: ServerProcess, path: str) -> None:
    answer = api(built.url).get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["/%2e%2e/outside.txt", "/..%2foutside.txt", "/%2foutside.txt"])
def test_nothing_outside_of_the_app_is_served(built: ServerProcess, path: str) -> None:
    assert "not for the world" not in api(built.url).get(path).text


def test_a_page_takes_nothing(built: ServerProcess) -> None:
    assert api(built.url).post("/").status_code == 405


def test_without_a_built_app_it_says_how_to_build_it(
    make_server: ServerFactory, tmp_path: Path, database_process: DatabaseProcess
) -> None:
    server = make_server(
        WEB_DIR=str(tmp_path / "none"), DB_URL=database_process.url, DB_NAME="none"
    ).start()
    answer = api(server.url).get("/")
    assert answer.status_code == 503
    assert "make run" in answer.text
