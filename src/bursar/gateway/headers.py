"""Which headers pass: the caller's to the provider, the provider's to the caller."""

from typing import Final

from bursar.gateway.caller import Caller, find_key, read_tags
from bursar.gateway.paths import Route
from bursar.gateway.world import ProviderRoute, Target, World, upstream_target
from bursar.http1 import Headers, Request

_DROPPED: Final = 0
_KEY: Final = 1
_BEARER: Final = 2
_CONTENT_TYPE: Final = 3
_IDEMPOTENCY_KEY: Final = 4
_USES: Final[dict[bytes, int]] = {
    # What belongs to one connection or to whoever stands between, and so never reaches a provider.
    **dict.fromkeys(
        (
            b"host connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer "
            b"transfer-encoding upgrade content-length expect accept-encoding cookie forwarded "
            b"x-forwarded-for x-forwarded-proto x-forwarded-host x-real-ip"
        ).split(),
        _DROPPED,
    ),
    # The caller's key here, which is none of the provider's business.
    **dict.fromkeys((b"x-api-key", b"api-key", b"x-goog-api-key"), _KEY),
    b"authorization": _BEARER,
    b"content-type": _CONTENT_TYPE,
    b"idempotency-key": _IDEMPOTENCY_KEY,
}
_NOT_RETURNED: Final = frozenset(
    (
        b"connection keep-alive proxy-authenticate proxy-connection trailer transfer-encoding upgrade "
        b"content-length set-cookie"
    ).split()
)
_NO_CONTROLS: Final = bytes(ord("?") if code < 0x20 or 0x7F <= code < 0xA0 else code for code in range(256))
_OURS: Final = b"x-bursar-"
_ADVICE_CHARACTERS: Final = 1000
# Usage is read off the reply, and a compressed one would have to be unpacked beside passing it on.
_UNCOMPRESSED: Final = b"accept-encoding: identity\r\n"


class Sent:
    """What one pass over a request's headers finds: every call goes this way, so it is a single loop.

    Requests with the same head share it, and with it what was made of it for the world in force.
    """

    __slots__ = (
        "_caller",
        "_target",
        "_way",
        "_with_tags",
        "_world",
        "content_type",
        "heard",
        "idempotency_key",
        "limited",
        "paid",
        "passing",
        "secret",
        "tags",
    )

    @staticmethod
    def of(request: Request) -> "Sent":
        """Made once for a head that comes again."""
        head = request.head
        if head is None:
            return Sent(request.headers)
        if head.note is None:
            head.note = Sent(head.headers)
        sent: Sent = head.note
        return sent

    def __init__(self, headers: Headers) -> None:
        self._world: World | None = None  # in which the caller was found
        self._caller: Caller | None = None
        self._with_tags = False
        self._target: Target | None = None
        self._way = (b"", b"")
        self.heard: object = None  # when the rules have nothing to say, as `govern` remembers
        self.limited: object = None  # what `limiting` found for requests with this head
        self.paid: object = None  # who pays for it, as `paying` remembers
        self.secret = b""  # from wherever an SDK puts it
        self.content_type = b""
        self.idempotency_key = b""
        self.tags: Headers = []  # x-bursar-*
        self.passing: Headers = []  # what the provider gets
        for header in headers:
            name, value = header
            use = _USES.get(name)
            if use is None:
                (self.tags if name.startswith(_OURS) else self.passing).append(header)
            elif use == _CONTENT_TYPE:
                self.content_type = value
                self.passing.append(header)
            elif use == _IDEMPOTENCY_KEY:
                self.idempotency_key = value
                self.passing.append(header)
            elif use and not self.secret:
                self.secret = _bearer(value) if use == _BEARER else value.strip()

    def owner(self, world: World) -> Caller:
        """Whose key this is; Refusal 401 if nobody's. Whether it is live is another question."""
        if self._caller is None or self._world is not world:
            self._caller = Caller.of(find_key(world, self.secret))
            self._with_tags = not self.tags
            self._world = world
        return self._caller

    def caller(self, world: World) -> Caller:
        """The owner with the tags of this call; Refusal 403 for one that the key may not set."""
        owner = self.owner(world)
        if self._with_tags:
            return owner
        self._caller = read_tags(world, owner.key, self.tags)
        self._with_tags = True
        return self._caller

    def way(self, route: Route, target: Target, path: str, query: str) -> tuple[bytes, bytes]:
        """The request target at the provider, and the header lines that it gets."""
        if self._target is not target:
            self._way = (
                upstream_target(route, target, path, query),
                _forwarded(self.passing, target.provider),
            )
            self._target = target
        return self._way


def _bearer(value: bytes) -> bytes:
    scheme, _, rest = value.partition(b" ")
    return rest.strip() if scheme.lower() == b"bearer" else b""


def _forwarded(passing: Headers, provider: ProviderRoute) -> bytes:
    """The header lines that go to the provider: the caller's, then the provider document's own."""
    own = provider.own_headers
    lines = [b"%b: %b\r\n" % header for header in passing if header[0] not in own]
    lines.append(provider.header_block)
    lines.append(_UNCOMPRESSED)
    return b"".join(lines)


class ReplyHead:
    """What one pass over a provider's reply headers finds; `passing` is what the client gets, as spelled."""

    __slots__ = ("content_encoding", "content_type", "passing")

    def __init__(self, headers: Headers) -> None:
        self.content_type = b""  # in lower case
        self.content_encoding: bytes | None = None
        self.passing: Headers = []
        for header in headers:
            name = header[0].lower()
            if name in _NOT_RETURNED:
                continue
            if name == b"content-type":
                self.content_type = header[1].lower()
            elif name == b"content-encoding":
                self.content_encoding = header[1]
            self.passing.append(header)

    def lines(self, *, encoded: bool = True) -> bytes:
        """The passing headers as lines; without `content-encoding` where the body is no longer encoded."""
        passing = self.passing
        if not encoded:
            passing = [header for header in passing if header[0].lower() != b"content-encoding"]
        return b"".join([b"%b: %b\r\n" % header for header in passing])


def header_text(sentence: str) -> bytes:
    """A sentence as a header's value: a line feed that a caller put into it cannot end the header."""
    return sentence.encode("latin-1", "replace").translate(_NO_CONTROLS)


def advice_line(advice: str) -> bytes:
    """The header that says what there is to say of a call, cut to what any client takes."""
    return b"x-bursar-advice: %b\r\n" % header_text(advice[:_ADVICE_CHARACTERS])
