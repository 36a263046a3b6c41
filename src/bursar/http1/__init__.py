"""HTTP/1.1 on both sides of a proxy: a server and a pooled client over uvloop and httptools."""

from bursar.http1.client import (
    Client,
    Origin,
    Timeouts,
    UpstreamBroken,
    UpstreamReply,
    UpstreamSilent,
    UpstreamUnreachable,
    may_be_called,
)
from bursar.http1.messages import Head, Headers, Limits, Reply, Request
from bursar.http1.server import Handler, Server

__all__ = [
    "Client",
    "Handler",
    "Head",
    "Headers",
    "Limits",
    "Origin",
    "Reply",
    "Request",
    "Server",
    "Timeouts",
    "UpstreamBroken",
    "UpstreamReply",
    "UpstreamSilent",
    "UpstreamUnreachable",
    "may_be_called",
]
