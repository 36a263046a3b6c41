"""Chat, e-mail, pagers and all else that Apprise knows by a URL."""

import logging
import re
import socket
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import apprise

from bursar.alerts.outgoing import NotDelivered, Outgoing
from bursar.http1 import may_be_called

_HIDDEN: Final = "(hidden)"
_SECRET_LENGTH: Final = 5  # a shorter part of a URL is a word such as `to`
_ASSET: Final = apprise.AppriseAsset(
    app_id="Bursar", app_desc="Bursar", http_redirects=False, service_timeout=30.0
)
# Both write URLs, which hold tokens, into their logs.
logging.getLogger("apprise").propagate = False
logging.getLogger("apprise").setLevel(logging.WARNING)
logging.getLogger("urllib3").setLevel(logging.INFO)


def notify(url: str, outgoing: Outgoing) -> None:
    """Send a message to an Apprise URL; NotDelivered says why it was not taken, without parts of the URL."""
    service = _service(url)
    hosts = dict(_own_hosts(service))
    for host, port in hosts.items():
        _check_address(host, port)
    sender = apprise.Apprise(asset=_ASSET)
    sender.add(service)
    result = sender.notify(title=outgoing.title, body=outgoing.text, body_format=apprise.NotifyFormat.TEXT)
    if not result:
        why = _scrubbed("; ".join(_reasons(result)), url, keep=set(hosts))
        raise NotDelivered(f"{service.service_name} did not take it{f': {why}' if why else ''}")


def warm() -> None:
    """Load all services now, which takes a second, so that the first message does not wait for it."""
    apprise.Apprise.instantiate("json://127.0.0.1", asset=_ASSET)


def _service(url: str) -> Any:
    service = apprise.Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)
    if service is None:
        scheme = url.partition("://")[0] if "://" in url else ""
        known = (
            f"{scheme}:// is no service that is known, or its URL lacks a part" if scheme else "it is no URL"
        )
        raise NotDelivered(f"the channel's URL cannot be used: {known}; see the list of services of Apprise")
    return service


def _own_hosts(service: Any) -> Iterator[tuple[str, int]]:
    """Hosts that the URL chose; the host of a vendor's service is none, and its place holds a token."""
    mail = getattr(service, "smtp_host", None)
    if mail:  # then the host is only the domain of its sender
        yield urlsplit(f"//{mail}").hostname or mail, 0
    elif service.host and any("{host}" in template for template in service.templates):
        yield service.host, service.port or 0


def _check_address(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotDelivered(f"{host} has no address: {error.strerror or error}") from error
    addresses = sorted({str(entry[4][0]) for entry in found})
    if not all(map(may_be_called, addresses)):
        raise NotDelivered(f"{host} resolves to {', '.join(addresses)}, which may not be called")


def _reasons(result: Any) -> list[str]:
    """What the service said of a message that it did not take."""
    entries = [entry for each in result.results for entry in each.logs()]
    return [entry.message for entry in entries if entry.level in ("WARNING", "ERROR", "CRITICAL")]


def _scrubbed(text: str, url: str, *, keep: set[str]) -> str:
    """The text without any part of the URL that may be a secret; `keep` are names of hosts."""
    parts = {unquote(part) for part in re.split(r"[/:@?&=,]+", url)} | set(re.split(r"[/:@?&=,]+", url))
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SECRET_LENGTH and part not in keep:
            text = text.replace(part, _HIDDEN)
    return text
