"""The doorkeeper: who a session's or an API token's secret speaks for, remembered for a moment."""

import threading
from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import Engine

from bursar.access import sessions, tokens
from bursar.access.attempts import check_attempts
from bursar.access.links import refuse_link, use_link
from bursar.access.principal import Principal
from bursar.access.secret import RandomBytes, digest
from bursar.access.sessions import Begun, Session, Visitor
from bursar.store.state import writing
from bursar.vocab.instant import InstantUs

REMEMBERED_US: Final = 1_000_000
"""So long another process may still let in whom this one has shut out; in this process it ends at once."""

_REMEMBERED_MOST: Final = 10_000


class Entered(NamedTuple):
    """Who was let in. `session` is None for an API token; `fresh_token` is for the browser, if not empty."""

    principal: Principal
    session: Session | None
    fresh_token: str = ""


class Doorkeeper:
    """Every method but `recall` and `forget` asks the state store: call them off an event loop."""

    def __init__(self, engine: Engine, *, random_bytes: RandomBytes, now: Callable[[], InstantUs]) -> None:
        self._engine = engine
        self._random_bytes = random_bytes
        self._now = now
        self._lock = threading.Lock()
        self._generation = 0
        self._known: dict[str, tuple[InstantUs, Entered]] = {}

    def recall(self, secret: str) -> Entered | None:
        """Who was let in with a secret a moment ago; takes no time."""
        known = self._known.get(digest(secret))
        now = self._now()
        if known is None or not known[0] <= now < known[0] + REMEMBERED_US:
            return None
        return known[1]

    def session(self, token: str) -> Entered | None:
        """Who a session's token speaks for; None if it opens nothing."""
        generation, now = self._generation, self._now()
        seen = sessions.see(self._engine, token, random_bytes=self._random_bytes, now=now)
        if seen is None:
            return None
        principal = seen.person.principal(kind="person", session_id=seen.session.id)
        entered = Entered(principal, seen.session)
        self._remember(token, entered, generation, now)
        return entered._replace(fresh_token=seen.fresh_token)

    def api_token(self, secret: str) -> Entered | None:
        """Who an API token speaks for; None if it opens nothing."""
        generation, now = self._generation, self._now()
        principal = tokens.speaks(self._engine, secret, now=now)
        if principal is None:
            return None
        entered = Entered(principal, None)
        self._remember(secret, entered, generation, now)
        return entered

    def still(self, principal: Principal) -> Principal | None:
        """Who somebody that was let in before is now; None if they may no longer be here."""
        now = self._now()
        if principal.session_id:
            person = sessions.person_of(self._engine, principal.session_id, now=now)
            if person is None:
                return None
            return person.principal(kind="person", session_id=principal.session_id)
        if principal.token_id:
            return tokens.still_speaks(self._engine, principal.token_id, now=now)
        return principal

    def sign_in_by_link(self, secret: str, visitor: Visitor) -> Begun:
        """A session for whom a link was made; NotSignedIn or TooManyAttempts if it is not good."""
        now = self._now()
        check_attempts(self._engine, address=visitor.address, now=now)
        begun = None
        with writing(self._engine) as connection:
            person = use_link(connection, secret, now=now)
            if person is not None:
                begun = sessions.begin(
                    connection, person, by="link", visitor=visitor, random_bytes=self._random_bytes, now=now
                )
        if begun is None:
            raise refuse_link(self._engine, secret, address=visitor.address, now=now)
        self.forget()  # the browser's session of before, if it had one
        return begun

    def forget(self) -> None:
        """Ask the store again for everybody: call it after every change of people, sessions and tokens."""
        with self._lock:
            self._generation += 1
            self._known = {}

    def _remember(self, secret: str, entered: Entered, generation: int, now: InstantUs) -> None:
        with self._lock:
            if generation != self._generation:
                return  # something changed since the store was asked
            if len(self._known) >= _REMEMBERED_MOST:
                self._known = {}
            self._known[digest(secret)] = (now, entered)
