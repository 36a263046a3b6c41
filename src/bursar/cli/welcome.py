"""What `bursar up` tells the person who started it, once everything answers."""

import shlex
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import click

from bursar.config import Config, Home

_READY_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.2


class Visit(NamedTuple):
    """The demo as its visitor has it: a key, and once the past is whole, budgets and rules in force."""

    key_id: str
    secret: str
    is_governed: bool
    proposal: Path  # documents that are not in force, to plan with


class Welcome:
    """Prints the addresses once, and of a demo what to try as soon as it can be tried."""

    def __init__(
        self,
        *,
        control_url: str,
        gateway_url: str,
        home: Home,
        demo: Callable[[], Visit | None] | None,
        sign_in_link: Callable[[], str | None] | None = None,
    ) -> None:
        """An empty address is a part that does not run here; `demo` gives None until the key is made.

        `sign_in_link` makes a link for whoever starts this, or None if they know the way already.
        """
        self._control_url = control_url
        self._gateway_url = gateway_url
        self._home = home
        self._demo = demo
        self._sign_in_link = sign_in_link
        self._deadline = time.monotonic() + _READY_SECONDS
        self._next = 0.0
        self._stage = self._say_addresses

    def poll(self) -> None:
        """Called many times a second while the processes run; looks a few times a second."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _PAUSE_SECONDS
            self._stage()

    def _say_addresses(self) -> None:
        waiting = [url for url in (self._control_url, self._gateway_url) if url and not _answers(url)]
        if waiting and time.monotonic() < self._deadline:
            return
        for url in waiting:
            click.echo(f"{url} does not answer yet; see the messages above.")
        if self._gateway_url:
            click.echo(f"gateway        {self._gateway_url}/v1  (the base URL for an OpenAI SDK)")
        if self._control_url:
            click.echo(f"control plane  {self._control_url}  (its API is described at /api/docs)")
            click.echo(f"admin token    {self._home.admin_token_path}")
        click.echo(f"home           {self._home.path}")
        if self._control_url and self._control_url not in waiting:
            click.echo(f"sign in        {self._way_in()}")
        self._stage = self._say_demo if self._demo is not None else _nothing

    def _way_in(self) -> str:
        link = self._sign_in_link() if self._sign_in_link is not None else None
        if link:
            return f"{link}  (once, within an hour)"
        return f"`{Command.of(self._home.path).line('sign-in')}` makes a link"

    def _say_demo(self) -> None:
        visit = self._demo() if self._demo is not None else None
        if visit is not None:
            click.echo(_trial(self._gateway_url, visit.secret, Command.of(self._home.path)))
            self._stage = self._say_governance

    def _say_governance(self) -> None:
        visit = self._demo() if self._demo is not None else None
        if visit is not None and visit.is_governed:
            click.echo(_governance(visit, Command.of(self._home.path)))
            self._stage = _nothing


class Command(NamedTuple):
    """How the person who started this can call `bursar` in another terminal of the same folder."""

    program: str
    home: str  # the option that finds this home, empty where it is found without

    @staticmethod
    def of(home: Path) -> "Command":
        """The program by its name where that is the one which runs, otherwise by its path."""
        started, found = Path(sys.argv[0]), shutil.which("bursar")
        is_found = found is not None and started.exists() and Path(found).samefile(started)
        program = "bursar" if is_found or started.name != "bursar" else shlex.quote(str(started))
        is_usual = home == Config.from_environ({}).home
        return Command(program, "" if is_usual else f" --home {shlex.quote(str(home))}")

    def line(self, arguments: str) -> str:
        """A line for the shell."""
        return f"{self.program} {arguments}{self.home}"


def _governance(visit: Visit, command: Command) -> str:
    here = Path.cwd()
    proposal = visit.proposal.relative_to(here) if visit.proposal.is_relative_to(here) else visit.proposal
    return f"""
The demo's 30 days are in, its budgets and policies are in force. In a second terminal, in this folder:

  {command.line("budget list")}
  {command.line("alert list")}
  {command.line(f"policy explain --key {visit.key_id} --model gpt-5.2")}
  {command.line(f"plan -f {shlex.quote(str(proposal))}")}

They show what is left, who was told, what would become of a call and why, and what a change would save."""


def _trial(gateway_url: str, key: str, command: Command) -> str:
    return f"""demo key       {key}

Try it:

  curl {gateway_url}/v1/chat/completions -H "Authorization: Bearer {key}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello"}}]}}'

  from openai import OpenAI
  client = OpenAI(base_url="{gateway_url}/v1", api_key="{key}")
  print(client.chat.completions.create(model="gpt-4o-mini", messages=[{{"role": "user", "content": "Hi"}}]))

then `{command.line("usage --by team,model")}`, or `{command.line("top")}` to watch the demo's own traffic.
Ctrl-C stops."""


def _nothing() -> None:
    """Everything has been said."""


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=1.0) as reply:  # noqa: S310 - our own address
            return bool(reply.status == 200)
    except OSError:
        return False
