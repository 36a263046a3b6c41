"""A small gateway for the replay's tests: it writes each call down before it ends the reply.

Run as a program: `gateway_stand_in.py RUN_JSON LEDGER PAUSE_S`.
"""

import asyncio
import json
import os
import socket
import sys
import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import uvloop

from bursar.http1 import Reply, Request, Server
from bursar.simulate.answer import answer
from bursar.vocab.options import SimulateOptions
from bursar.vocab.usage import tokens_input_total, tokens_output_total

Handler = Callable[[Request, Reply], Awaitable[None]]


def priced(request: Request) -> tuple[list[bytes], Decimal]:
    """The simulator's reply, and its cost at 2.50 and 10 USD per million tokens."""
    found = answer(SimulateOptions(), request.path, request.query, request.headers, request.body)
    assert found is not None
    cost = tokens_input_total(found.usage) * Decimal("2.5") + tokens_output_total(found.usage) * 10
    return found.pieces, cost / 1_000_000


def make_handler(ledger: Path, pause_s: float) -> Handler:
    descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def handle(request: Request, reply: Reply) -> None:
        call_id = str(uuid.uuid4())
        pieces, cost = priced(request)
        await asyncio.sleep(pause_s)
        os.write(descriptor, f"{call_id} {cost}\n".encode())
        headers = [
            (b"x-bursar-call-id", call_id.encode()),
            (b"X-Bursar-Cost-Usd", str(cost).encode()),
            (b"content-type", b"application/json"),
        ]
        reply.send(200, headers, b"".join(pieces))

    return handle


async def serve(run_json: Path, ledger: Path, pause_s: float) -> None:
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = Server(make_handler(ledger, pause_s))
    await loop.create_server(server.protocol, sock=listener)
    run_json.write_text(json.dumps({"gateway_url": url, "console_url": ""}))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
