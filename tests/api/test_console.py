"""The console's files come from the control plane: whole, compressed, cached, under a strict policy."""

import gzip
import os
import re
from pathlib import Path

import brotli
import pytest
from fastapi.testclient import TestClient

from bursar.api.console import FOLDER, HEADERS, MACHINES, Console

INDEX = b"<!doctype html><title>Bursar</title>" + b" " * 600
SCRIPT = b"console.log('a part of the console')" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small build, with compressed copies as the real one has them."""
    built = tmp_path / "console"
    (built / "assets").mkdir(parents=True)
    for name, content in (("index.html", INDEX), ("assets/index-abc123.js", SCRIPT)):
        (built / name).write_bytes(content)
        (built / f"{name}.br").write_bytes(brotli.compress(content))
        (built / f"{name}.gz").write_bytes(gzip.compress(content))
    (built / "assets" / "icon-abc123.svg").write_text("<svg/>")
    (tmp_path / "secret.js").write_text("what lies beside the build")
    return built


@pytest.fixture
def console(api: TestClient, folder: Path) -> TestClient:
    """The control plane with that build."""
    api.app.router.default = Console(missing=api.app.router.not_found, folder=folder)  # type: ignore[attr-defined]
    return api


@pytest.mark.parametrize(
    "path", ["/", "/calls", "/budgets/search%20monthly", "/sign-in", "/apinot", "/no/such/page"]
)
def test_every_address_that_no_program_uses_is_the_console(console: TestClient, path: str) -> None:
    reply = console.get(path)
    assert reply.status_code == 200
    assert reply.content == INDEX
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("place", MACHINES)
def test_an_address_of_programs_is_never_the_console(console: TestClient, place: str) -> None:
    for path in (f"/{place}/no/such/thing", f"/{place}/"):
        reply = console.get(path, follow_redirects=False)
        assert "text/html" not in reply.headers.get("content-type", "")
    assert console.get(f"/{place}/no/such").status_code in (401, 404)
    assert console.get("/api/v1/no-such").headers["content-type"] == "application/problem+json"


def test_only_reading_is_served(console: TestClient) -> None:
    assert console.post("/calls").status_code == 404
    assert console.head("/calls").content == b""
    assert int(console.head("/calls").headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("br, gzip", "br"), ("gzip;q=0.5", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_a_file_comes_as_small_as_the_client_takes_it(
    console: TestClient, accepted: str, encoding: str | None
) -> None:
    reply = console.get("/assets/index-abc123.js", headers={"accept-encoding": accepted})
    assert reply.headers.get("content-encoding") == encoding
    assert reply.content == SCRIPT
    assert reply.headers["vary"] == "accept-encoding"
    assert (int(reply.headers["content-length"]) < len(SCRIPT)) == (encoding is not None)


def test_a_named_part_is_kept_for_ever_and_the_first_page_asked_for_again(console: TestClient) -> None:
    part = console.get("/assets/icon-abc123.svg")
    assert part.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert part.headers["content-type"] == "image/svg+xml"
    first = console.get("/")
    again = console.get("/calls", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == HEADERS["content-security-policy"]


def test_a_part_of_another_build_is_missing_and_not_a_page(console: TestClient) -> None:
    reply = console.get("/assets/index-000000.js")
    assert reply.status_code == 404
    assert "text/html" not in reply.headers["content-type"]


@pytest.mark.parametrize(
    "path", ["/../secret.js", "/..%2fsecret.js", "/assets/../../secret.js", "/assets/%2e%2e/%2e%2e/secret.js"]
)
def test_nothing_beside_the_build_can_be_read(console: TestClient, path: str) -> None:
    assert b"beside the build" not in console.get(path).content


def test_every_reply_carries_the_policy(console: TestClient) -> None:
    for path in ("/", "/assets/index-abc123.js", "/assets/gone-1.js", "/api/docs", "/api/docs.css"):
        headers = console.get(path).headers
        assert {name: headers.get(name) for name in HEADERS} == dict(HEADERS), path
    policy = HEADERS["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe-|https?:|\*", policy.replace("style-src-attr 'unsafe-inline'", ""))


def test_a_new_build_is_served_without_a_restart(console: TestClient, folder: Path) -> None:
    assert console.get("/").content == INDEX
    for name in ("index.html.br", "index.html.gz"):
        (folder / name).unlink()
    (folder / "index.html").write_bytes(b"<title>anew</title>")
    os.utime(folder / "index.html", ns=(1, 1))
    assert console.get("/").content == b"<title>anew</title>"


def test_without_a_build_a_page_says_how_to_make_one(console: TestClient, folder: Path) -> None:
    (folder / "index.html").unlink()
    reply = console.get("/")
    assert reply.status_code == 503
    assert "make ui" in reply.text
    assert reply.headers["content-security-policy"]


def test_the_api_documents_itself_without_anything_from_outside(api: TestClient) -> None:
    page = api.get("/api/docs")
    assert page.status_code == 200
    assert "GET /api/v1/usage" in page.text
    assert "<script" not in page.text
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert api.get("/api/docs.css").headers["content-type"].startswith("text/css")


@pytest.mark.skipif(
    not (FOLDER / "index.html").exists(), reason="the console is not built: `make ui` builds it"
)
def test_the_real_build_has_no_inline_script_and_names_only_files_that_are_there(api: TestClient) -> None:
    page = api.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "<style" not in page
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert named
    for path in named:
        assert path.startswith("/")
        assert api.get(path).status_code == 200, path
