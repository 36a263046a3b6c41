"""Serves the web console's built files: everything that no API answers for, and nothing else."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER: Final = Path(__file__).parent / "console"
"""What `make ui` fills, and the wheel brings."""

# Here an address that is not known is an error of a program, not a page of the console.
MACHINES: Final = ("api", "internal", "otlp", "healthz", "readyz", "metrics")

# `style-src-attr`: libraries set the style attribute while they lay out; it cannot load or run anything.
# A script, a style element or a frame from elsewhere is never let in, and the console never framed.
POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_YEAR_S: Final = 31_536_000
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bursar</title></head>
<body><h1>The console is not built</h1>
<p>This Bursar runs from its sources, and nobody has built the pages yet. In the project's folder:</p>
<pre>make ui</pre>
<p>Then load this page again. The API and the command line work without it:
see <a href="/api/docs">/api/docs</a>.</p>
</body></html>
"""


@dataclass(frozen=True)
class Asset:
    """A built file with its compressed copies by encoding; all in memory, together some megabytes."""

    content: bytes
    compressed: Mapping[str, bytes]
    media_type: str
    is_immutable: bool

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:24]}"'


class Console:
    """ASGI application for what no route of the API takes: files, and the first page for every other address.

    A build that is made anew while the process runs is noticed by its index.html.
    """

    def __init__(self, missing: ASGIApp, folder: Path = FOLDER) -> None:
        self._missing = missing
        self._folder = folder
        self._assets: Mapping[str, Asset] = {}
        self._stamp = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].lstrip("/")
        is_page = scope["type"] == "http" and path.partition("/")[0] not in MACHINES
        if not is_page or scope["method"] not in ("GET", "HEAD"):
            await self._missing(scope, receive, send)
            return
        response = await run_in_threadpool(self.answer, path, Headers(scope=scope))
        await response(scope, receive, send)

    def answer(self, path: str, asked: Headers) -> Response:
        """The reply to a GET of `path`, which has no slash in front."""
        assets = self._current()
        if not assets:
            return Response(_NOT_BUILT, 503, {**HEADERS, "retry-after": "10"}, "text/html; charset=utf-8")
        found = assets.get(path)
        if found is None and path.startswith("assets/"):
            # A part of an older build: the page then says that a new version is there.
            return Response(
                "this file belongs to another version of the console\n", 404, HEADERS, "text/plain"
            )
        return _reply(found or assets["index.html"], asked)

    def _current(self) -> Mapping[str, Asset]:
        try:
            stamp = (self._folder / "index.html").stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if stamp != self._stamp:
            self._assets = dict(_read(self._folder))
            self._stamp = stamp
        return self._assets


def _read(folder: Path) -> "list[tuple[str, Asset]]":
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return [
        (
            name,
            Asset(
                content=path.read_bytes(),
                compressed={
                    encoding: files[name + ending].read_bytes()
                    for encoding, ending in _ENCODINGS
                    if name + ending in files
                },
                media_type=_TYPES[path.suffix],
                is_immutable=name.startswith("assets/"),
            ),
        )
        for name, path in files.items()
        if path.suffix in _TYPES
    ]


def _reply(asset: Asset, asked: Headers) -> Response:
    headers = {
        **HEADERS,
        # A name with a hash never holds anything else; the others are asked for each time.
        "cache-control": f"public, max-age={_YEAR_S}, immutable" if asset.is_immutable else "no-cache",
        "etag": asset.etag,
        "vary": "accept-encoding",
    }
    if asset.etag in {tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    accepted = _accepted(asked.get("accept-encoding", ""))
    for encoding, _ in _ENCODINGS:
        if encoding in accepted and encoding in asset.compressed:
            headers["content-encoding"] = encoding
            return Response(asset.compressed[encoding], headers=headers, media_type=asset.media_type)
    return Response(asset.content, headers=headers, media_type=asset.media_type)


def _accepted(header: str) -> frozenset[str]:
    """The encodings that a client takes; one with weight 0 it does not."""
    found = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            found.add(name.strip())
    return frozenset(found)
