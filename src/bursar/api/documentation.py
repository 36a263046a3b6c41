"""GET /api/docs: the OpenAPI document as plain HTML, which needs no script and nothing from outside."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from bursar.api.console import HEADERS

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h3{margin:2rem 0 .2rem;font-size:1rem}code{font-size:.9em}"
    "table{border-collapse:collapse;margin:.4rem 0}td,th{text-align:left;vertical-align:top;"
    "padding:.15rem .8rem .15rem 0;border-bottom:1px solid #8884}"
    ":root{color-scheme:light dark}"
)
_METHODS: Final = ("get", "post", "put", "patch", "delete")
# The page's one style sheet is an address of its own: the policy of the console lets in no style element.
_STYLE_PATH: Final = "/api/docs.css"


def install_documentation(app: FastAPI) -> None:
    """Adds the page to `app`, and keeps it out of the document that it shows."""

    @app.get("/api/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()), headers=dict(HEADERS))

    @app.get(_STYLE_PATH, include_in_schema=False)
    def style() -> HTMLResponse:
        return HTMLResponse(_STYLE, headers=dict(HEADERS), media_type="text/css")


def page(document: Mapping[str, Any]) -> str:
    """The whole page of an OpenAPI document."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<link rel="stylesheet" href="{_STYLE_PATH}"><title>{escape(info["title"])} API</title></head>'
    yield f"<body><h1>{escape(info['title'])} {escape(info['version'])}: the API</h1>"
    yield f"<p>{escape(info.get('description', ''))}</p>"
    yield '<p>For programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI), from which clients'
    yield " can be generated. Requests carry <code>Authorization: Bearer TOKEN</code>.</p>"
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if method in operations:
                yield from _operation(method, path, operations[method])
    yield "</body></html>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
    yield f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"
    parameters = operation.get("parameters", ())
    if parameters:
        yield "<table>"
        for parameter in parameters:
            need = "required" if parameter.get("required") else parameter["in"]
            yield f"<tr><th><code>{escape(parameter['name'])}</code></th><td>{need}</td>"
            yield f"<td>{escape(parameter.get('description', ''))}</td></tr>"
        yield "</table>"
    body = operation.get("requestBody")
    if body:
        yield f"<p>Body: {', '.join(map(_schema, body['content'].values()))}</p>"
    yield f"<p>Replies: {', '.join(_reply(*item) for item in operation['responses'].items())}</p>"


def _reply(status: str, reply: Mapping[str, Any]) -> str:
    schemas = [text for text in map(_schema, reply.get("content", {}).values()) if text]
    return f"{escape(status)} {' or '.join(schemas) or escape(reply.get('description', ''))}"


def _schema(content: Mapping[str, Any]) -> str:
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2] or schema.get("title", "") or schema.get("type", "")
    return f"<code>{escape(name)}</code>" if name else ""
