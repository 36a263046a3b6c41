"""An identity provider as it is spoken to: found, asked for a token, its word checked; within bounds.

Every address is checked where the connection is made (`http1`), redirects are not followed, and nothing that
the provider names is asked without TLS unless its document allows that.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bursar.estate.document import listed
from bursar.estate.sign_in import SignIn, may_be_asked
from bursar.http1 import Client, Origin, Timeouts
from bursar.vocab.errors import BursarError, Unavailable
from bursar.vocab.instant import InstantUs

_TIMEOUTS: Final = Timeouts(connect_s=5.0, first_byte_s=8.0, idle_s=5.0)
_WHOLE_S: Final = 10.0
_REPLY_BYTES: Final = 512 * 1024
_LEEWAY_S: Final = 60
_ALGORITHMS: Final = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
]
"""Signatures by a key that only the provider has; never `none`, never by a secret that we share."""


class IssuerUnreachable(Unavailable):
    """The identity provider does not answer, or not as one does."""

    code = "issuer_unavailable"


class NotVerified(BursarError):
    """What the identity provider said does not hold: nobody is signed in by it."""

    code = "not_signed_in"


class Metadata(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Way(msgspec.Struct, kw_only=True, frozen=True):
    """The secrets of one try to sign in: what the provider must repeat, and the proof that only we have."""

    state: str
    nonce: str
    verifier: str


class Issuer:
    """One provider of the estate; every method but `address` takes its time: call them off an event loop."""

    def __init__(self, document: SignIn, *, client_secret: str, redirect_url: str) -> None:
        self._document = document
        self._redirect_url = redirect_url
        self._http = _Http(allow_http=document.allow_http)
        self._client_secret = client_secret

    def discover(self) -> Metadata:
        """What it says of itself; IssuerUnreachable if it does not, or names another issuer."""
        url = self._document.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            found = msgspec.convert(self._http.get(url), Metadata)
        except msgspec.ValidationError as error:
            raise IssuerUnreachable(
                f"{self._document.issuer} describes itself in no usable way: {error}"
            ) from error
        if found.issuer != self._document.issuer:
            raise IssuerUnreachable(
                f"the issuer names itself {found.issuer!r}: write it so in sign_in/{self._document.name}"
            )
        return found

    def address(self, metadata: Metadata, way: Way) -> str:
        """Where a browser goes to sign in; IssuerUnreachable if that is no place to send one."""
        if not may_be_asked(metadata.authorization_endpoint, allow_http=self._document.allow_http):
            raise IssuerUnreachable(f"{self._document.issuer} sends browsers to an address that is not https")
        client = self._client(metadata)
        url, _ = client.create_authorization_url(
            metadata.authorization_endpoint, state=way.state, nonce=way.nonce, code_verifier=way.verifier
        )
        return str(url)

    def claims(self, code: str, way: Way, *, now: InstantUs) -> dict[str, Any]:
        """What it says of whoever came back with a code; NotVerified if any of it does not hold."""
        metadata = self.discover()
        try:
            token = self._client(metadata).fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=way.verifier,
            )
            claims = self._checked(metadata, token, way, now)
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            # Not its words: they may hold parts of tokens.
            raise NotVerified(f"the identity provider did not confirm it ({type(error).__name__})") from error
        return self._with_userinfo(metadata, token, claims)

    def _client(self, metadata: Metadata) -> Any:
        return OAuth2Client(
            self._http,
            client_id=self._document.client_id,
            client_secret=self._client_secret or None,
            token_endpoint_auth_method=self._auth_method(metadata),
            scope=" ".join(dict.fromkeys(("openid", *listed(self._document.scopes)))),
            redirect_uri=self._redirect_url,
            code_challenge_method="S256",
        )

    def _auth_method(self, metadata: Metadata) -> str:
        supported = metadata.token_endpoint_auth_methods_supported
        if not self._client_secret:
            return "none"
        if "client_secret_basic" not in supported and "client_secret_post" in supported:
            return "client_secret_post"
        return "client_secret_basic"

    def _checked(
        self, metadata: Metadata, token: Mapping[str, Any], way: Way, now: InstantUs
    ) -> dict[str, Any]:
        keys = KeySet.import_key_set(self._http.get(metadata.jwks_uri))  # type: ignore[arg-type]
        decoded = jwt.decode(str(token["id_token"]), keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": metadata.issuer},
                "aud": {"essential": True, "value": self._document.client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
            },
            params={
                "nonce": way.nonce,
                "client_id": self._document.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=now // 1_000_000, leeway=_LEEWAY_S)
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ValueError("sub")
        return dict(claims)

    def _with_userinfo(
        self, metadata: Metadata, token: Mapping[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """The claims of the ID token, and where address or groups are not in it, those of the other way."""
        wanted = ("email", self._document.groups_claim.partition(".")[0])
        if all(name in claims for name in wanted) or not metadata.userinfo_endpoint:
            return claims
        said = self._http.get(metadata.userinfo_endpoint, bearer=str(token.get("access_token", "")))
        if said.get("sub") != claims["sub"]:
            raise NotVerified("the identity provider spoke of somebody else")
        return {**said, **claims}


class _Reply:
    """As much of a response as Authlib asks for."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self._body = body

    def json(self) -> Any:
        return json.loads(self._body)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise IssuerUnreachable(f"the identity provider answered with status {self.status_code}")


class _Http:
    """The session that Authlib posts with; also gets JSON objects."""

    def __init__(self, *, allow_http: bool) -> None:
        self._allow_http = allow_http

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Reply:
        _, signed, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Reply(*self._send(b"POST", url, signed, body.encode()))

    def get(self, url: str, *, bearer: str = "") -> dict[str, Any]:
        """A JSON object; IssuerUnreachable if there is none."""
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        status, body = self._send(b"GET", url, headers, b"")
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if status != 200 or not isinstance(found, dict):
            raise IssuerUnreachable(f"{_host(url)} answered with status {status} and no JSON object")
        return found

    def _send(self, method: bytes, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        if not may_be_asked(url, allow_http=self._allow_http):
            raise IssuerUnreachable(f"{_host(url)} is not asked: the address there is not https")
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        origin = Origin(scheme=parts.scheme, host=parts.hostname or "", port=port)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = {"accept": "application/json", "user-agent": "bursar"}
        lines |= {name.lower(): value for name, value in headers.items()}
        lines.pop("content-length", None)
        if not all(text.isascii() and text.isprintable() for text in (target, *lines.values())):
            raise IssuerUnreachable(f"{_host(url)} named an address that cannot be asked")
        block = "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode()
        try:
            return asyncio.run(_exchange(origin, method, target.encode(), block, body))
        except (BursarError, TimeoutError) as error:
            raise IssuerUnreachable(f"the identity provider {_host(url)} does not answer: {error}") from error


async def _exchange(
    origin: Origin, method: bytes, target: bytes, headers: bytes, body: bytes
) -> tuple[int, bytes]:
    client = Client()
    try:
        async with asyncio.timeout(_WHOLE_S):
            reply = await client.request(origin, method, target, headers, body, _TIMEOUTS)
            return reply.status, await reply.read(_REPLY_BYTES)
    finally:
        client.close()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the issuer"
    except ValueError:
        return "the issuer"
