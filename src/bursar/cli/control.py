"""The running control plane as the command line sees it: found through the home, spoken to over HTTP."""

import ipaddress
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bursar.config import Config, Home, Run, environment
from bursar.vocab.errors import BursarError, InvalidInput, NotFound, Unavailable

TIMEOUT_S: Final = 30.0
_CONNECT_TIMEOUT_S: Final = 3.0
_START_WAIT_S: Final = 15.0
_START_POLL_S: Final = 0.1

Params = Mapping[str, str | list[str]]


class Refused(BursarError):
    """The control plane said no; the sentence is its own."""

    code = "refused"


class ControlPlane:
    """Sends one request after another; every failure is a BursarError with a sentence for people."""

    def __init__(
        self, url: str, token: str, *, when_away: str, is_starting: Callable[[], bool] = lambda: False
    ) -> None:
        """`when_away` is said of a control plane that does not answer; one that starts is waited for."""
        self.url = url
        self._is_starting = is_starting
        self._when_away = when_away
        self._client = httpx.Client(
            base_url=url,
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
            trust_env=not _is_loopback(url),  # a proxy of the environment is no way to this machine
        )

    @classmethod
    def of(cls, config: Config) -> "ControlPlane":
        """The one that runs with the home of `config`, or at its `control_url` if somebody set that.

        Unavailable if nothing has been started with this home.
        """
        home = config.files
        shown = _shown(home.path)
        away = f"bursar is not running for the home {shown}: start it with `bursar up`"
        run = home.read_run()
        if environment().get("BURSAR_CONTROL_URL"):
            url = config.control_url
            away = (
                f"no control plane answers at {url}: check BURSAR_CONTROL_URL, or start it with `bursar up`"
            )
        elif run is None:
            run = _wait_for_start(home)
            if run is None:
                raise Unavailable(away)
            url = run.console_url
        else:
            url = run.console_url
        try:
            token = home.admin_token()
        except NotFound as error:
            raise Unavailable(f"there is no admin-token in the home {shown}: {away}") from error
        return cls(url, token, when_away=away, is_starting=home.in_use)

    def get(self, path: str, params: Params | None = None, *, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The answer to GET /api/v1`path`; Unavailable if it takes longer than `timeout_s`."""
        timeout = httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S)
        return self._ask("GET", path, params=params, timeout=timeout)

    def post(self, path: str, body: Mapping[str, Any], *, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The answer to POST /api/v1`path`; Unavailable if it takes longer than `timeout_s`."""
        timeout = httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S)
        return self._ask("POST", path, json=body, timeout=timeout)

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask("PATCH", path, json=body)

    def delete(self, path: str) -> dict[str, Any]:
        return self._ask("DELETE", path)

    def close(self) -> None:
        self._client.close()

    def _request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        deadline = time.monotonic() + _START_WAIT_S
        while True:
            try:
                return self._client.request(method, path, **arguments)
            except httpx.ConnectError:
                if not self._is_starting() or time.monotonic() > deadline:
                    raise
            time.sleep(_START_POLL_S)

    def _ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            reply = self._request(method, f"/api/v1{path}", **arguments)
        except httpx.TimeoutException as error:
            raise Unavailable(
                f"the control plane at {self.url} took too long to answer: try again"
            ) from error
        except httpx.TransportError as error:
            raise Unavailable(self._when_away) from error
        try:
            body = reply.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Unavailable(f"what answers at {self.url} is not bursar (HTTP {reply.status_code})")
        if reply.is_success:
            return body
        raise _refusal(reply.status_code, body)


def _refusal(status: int, problem: Mapping[str, Any]) -> BursarError:
    sentence = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
    code = problem.get("code")
    if status == 401:
        return Refused(
            "the admin-token of this home is not the one that the running bursar knows: check BURSAR_HOME"
        )
    if code == "invalid_input":
        return InvalidInput(sentence)
    if status == 404:
        return NotFound(sentence)
    if status == 503:
        return Unavailable(sentence)
    return Refused(sentence)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wait_for_start(home: Home) -> Run | None:
    """What runs with this home, once it says so; None at once if nothing is being started there."""
    deadline = time.monotonic() + _START_WAIT_S
    while home.in_use() and time.monotonic() < deadline:
        time.sleep(_START_POLL_S)
        run = home.read_run()
        if run is not None:
            return run
    return None


def _shown(path: Path) -> str:
    """The home as a person would write it here."""
    try:
        return f"./{path.relative_to(Path.cwd())}"
    except ValueError:
        return str(path)
