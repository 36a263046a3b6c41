"""What `bursar up` tells the person who started it, once everything answers."""

import time
import urllib.request
from collections.abc import Callable
from typing import Final

import click

from bursar.config import Home

_READY_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.2


class Welcome:
    """Prints the addresses once, and the demo's key with lines to try it when there is one."""

    def __init__(
        self, *, control_url: str, gateway_url: str, home: Home, demo_key: Callable[[], str] | None
    ) -> None:
        """An empty address is a part that does not run here; `demo_key` gives "" until the key is made."""
        self._control_url = control_url
        self._gateway_url = gateway_url
        self._home = home
        self._demo_key = demo_key
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
        self._stage = self._say_demo if self._demo_key is not None else _nothing

    def _say_demo(self) -> None:
        key = self._demo_key() if self._demo_key is not None else ""
        if key:
            click.echo(_trial(self._gateway_url, key))
            self._stage = _nothing


def _trial(gateway_url: str, key: str) -> str:
    return f"""demo key       {key}

Try it:

  curl {gateway_url}/v1/chat/completions -H "Authorization: Bearer {key}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello"}}]}}'

  from openai import OpenAI
  client = OpenAI(base_url="{gateway_url}/v1", api_key="{key}")
  print(client.chat.completions.create(model="gpt-4o-mini", messages=[{{"role": "user", "content": "Hi"}}]))

then `bursar usage --by team,model`, or `bursar top` to watch the demo's own traffic. Ctrl-C stops."""


def _nothing() -> None:
    """Everything has been said."""


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=1.0) as reply:  # noqa: S310 - our own address
            return bool(reply.status == 200)
    except OSError:
        return False
