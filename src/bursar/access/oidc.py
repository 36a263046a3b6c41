"""Signing in by OpenID Connect: the code flow with PKCE, a state and a nonce, bound to one browser, once."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, Row, delete, func, select

from bursar.access import sessions
from bursar.access.attempts import check_attempts, network, note_failure
from bursar.access.doorkeeper import Doorkeeper
from bursar.access.issuer import Issuer, NotVerified, Way
from bursar.access.members import member
from bursar.access.people import Person
from bursar.access.record import note
from bursar.access.secret import RandomBytes, digest, fresh
from bursar.access.sessions import Begun, Visitor
from bursar.access.tables import OIDC_STARTS
from bursar.directory.estate import documents_in_force
from bursar.estate.sign_in import SignIn
from bursar.store.state import reading, writing
from bursar.vocab.errors import BursarError, NotFound, Unavailable
from bursar.vocab.instant import InstantUs

START_US: Final = 600 * 1_000_000
STARTS_OF_ADDRESS: Final = 200
_STARTS_MOST: Final = 20_000
_NEXT_MOST: Final = 2000

ReadSecret = Callable[[str], str]
"""The secret that `env:NAME`, `file:PATH`, `literal:TEXT` or `none` stands for."""


class Started(NamedTuple):
    """Where a browser goes, and the secret that it must bring back in a cookie."""

    address: str
    browser: str


class Finished(NamedTuple):
    """Somebody who is signed in, and where they wanted to go."""

    begun: Begun
    person: Person
    next: str
    ask: str  # whom to ask for a role


class Oidc:
    """Every method takes its time: call them off an event loop."""

    def __init__(
        self,
        engine: Engine,
        keeper: Doorkeeper,
        *,
        console_url: str,
        read_secret: ReadSecret,
        random_bytes: RandomBytes,
        now: Callable[[], InstantUs],
    ) -> None:
        """`console_url` is how browsers reach the console: providers send them back there, nowhere else."""
        self._engine = engine
        self._keeper = keeper
        self._console_url = console_url.rstrip("/")
        self._read_secret = read_secret
        self._random_bytes = random_bytes
        self._now = now

    def providers(self) -> list[SignIn]:
        """The ways that are declared, by name."""
        with reading(self._engine) as connection:
            found = [one for one in documents_in_force(connection) if isinstance(one, SignIn)]
        return sorted(found, key=lambda one: one.name)

    def start_url(self, name: str) -> str:
        """Where a browser sets out: at the address to which it comes back, for the sake of its cookie."""
        return f"{self._console_url}/api/v1/auth/oidc/{name}/start"

    def start(self, name: str, wanted: str, *, address: str) -> Started:
        """Set out to a provider. NotFound, or Unavailable if it does not answer."""
        document = self._document(name)
        now = self._now()
        check_attempts(self._engine, address=address, now=now)
        way = Way(
            state=fresh(self._random_bytes),
            nonce=fresh(self._random_bytes),
            verifier=fresh(self._random_bytes),
        )
        browser = fresh(self._random_bytes)
        self._keep(document, way, browser, own_path(wanted), network(address), now)
        issuer = self._issuer(document)
        return Started(issuer.address(issuer.discover(), way), browser)

    def finish(
        self, name: str, *, state: str, browser: str, code: str, iss: str, visitor: Visitor
    ) -> Finished:
        """Come back from a provider; NotVerified, Unavailable or TooManyAttempts if nobody is signed in.

        A state is good once, in the browser that set out; an empty code stands for a refusal there.
        """
        now = self._now()
        document = self._document(name)
        address = visitor.address
        check_attempts(self._engine, address=address, now=now)
        subject = ""
        try:
            row = self._taken(name, state, browser, now)
            _check_answer(document, code, iss)
            way = Way(state=state, nonce=row.nonce, verifier=row.verifier)
            claims = self._issuer(document).claims(code, way, now=now)
            subject = str(claims["sub"])
            check_attempts(self._engine, address=address, account=_account(document, subject), now=now)
            begun, person = self._begin(document, claims, visitor, now)
        except NotVerified as refusal:
            self._refuse(document, subject, str(refusal), address, now)
            raise
        self._keeper.forget()  # roles may have changed for other sessions of theirs, and one may have ended
        return Finished(begun, person, row.next, document.ask)

    def _begin(
        self, document: SignIn, claims: dict[str, Any], visitor: Visitor, now: InstantUs
    ) -> tuple[Begun, Person]:
        with writing(self._engine) as connection:
            person = member(connection, document, claims, random_bytes=self._random_bytes, now=now)
            begun = sessions.begin(
                connection,
                person,
                by=f"sign_in/{document.name}",
                visitor=visitor,
                random_bytes=self._random_bytes,
                now=now,
            )
        return begun, person

    def _document(self, name: str) -> SignIn:
        for document in self.providers():
            if document.name == name:
                return document
        raise NotFound("there is no such way to sign in")

    def _issuer(self, document: SignIn) -> Issuer:
        try:
            secret = self._read_secret(document.client_secret)
        except BursarError as error:
            raise Unavailable(
                f"sign_in/{document.name} cannot be used: its client_secret is not there"
            ) from error
        back = f"{self._console_url}/api/v1/auth/oidc/{document.name}/callback"
        return Issuer(document, client_secret=secret, redirect_url=back)

    def _keep(
        self, document: SignIn, way: Way, browser: str, path: str, address: str, now: InstantUs
    ) -> None:
        table = OIDC_STARTS
        row = {
            "state_sha256": digest(way.state),
            "browser_sha256": digest(browser),
            "address": address,
            "provider": document.name,
            "nonce": way.nonce,
            "verifier": way.verifier,
            "next": path,
            "expires_at_us": now + START_US,
        }
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.expires_at_us <= now))
            if _count(connection, address) >= STARTS_OF_ADDRESS or _count(connection, None) >= _STARTS_MOST:
                raise Unavailable("too many sign-ins are under way: try again in some minutes")
            connection.execute(table.insert().values(row))

    def _taken(self, name: str, state: str, browser: str, now: InstantUs) -> Row[Any]:
        """What was kept when the browser set out, taken away; NotVerified if it did not."""
        table = OIDC_STARTS
        fits = (table.c.state_sha256 == digest(state)) & (table.c.browser_sha256 == digest(browser))
        with writing(self._engine) as connection:
            fits &= (table.c.provider == name) & (table.c.expires_at_us > now)
            row = connection.execute(delete(table).where(fits).returning(*table.c)).one_or_none()
        if row is None:
            raise NotVerified("this sign-in was not begun in this browser, or is over: begin again")
        return row

    def _refuse(self, document: SignIn, subject: str, why: str, address: str, now: InstantUs) -> None:
        account = _account(document, subject) if subject else ""
        with writing(self._engine) as connection:
            if note_failure(connection, address=address, account=account, now=now):
                detail = {"by": f"sign_in/{document.name}", "address": address, "why": why}
                detail |= {"subject": subject} if subject else {}
                note(connection, "sign_in.refused", "person/unknown", actor="nobody", now=now, detail=detail)


def own_path(wanted: str) -> str:
    """A path of the console to go to after the sign-in; `/` for whatever leads elsewhere."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and " " not in wanted
    if not plain or len(wanted) > _NEXT_MOST or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    # The API is no page, and a GET there may mean something.
    leads_away = bool(parts.scheme or parts.netloc) or parts.path.startswith(("/api", "/internal", "/otlp"))
    return "/" if leads_away else wanted


def _check_answer(document: SignIn, code: str, iss: str) -> None:
    """NotVerified unless there is a code, and it comes from whom the browser was sent to (RFC 9207)."""
    if not code or iss not in ("", document.issuer):
        raise NotVerified("the identity provider did not sign you in")


def _account(document: SignIn, subject: str) -> str:
    return f"{document.issuer} {subject}"


def _count(connection: Connection, address: str | None) -> int:
    query = select(func.count()).select_from(OIDC_STARTS)
    if address is not None:
        query = query.where(OIDC_STARTS.c.address == address)
    return int(connection.execute(query).scalar_one())
