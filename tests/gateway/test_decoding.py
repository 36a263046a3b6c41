"""Compressed replies are read beside being passed on, and nothing in them can hurt."""

import asyncio
import gzip
import zlib
from typing import Any

import brotli
import httpx
import pytest
import zstandard
from running import SECRET, estate, running_gateway
from upstream import serving

from bursar.gateway.decoding import Undecodable, decoded, decoder

TEXT = b'{"usage": {"prompt_tokens": 4}}' * 100
PACKED = {
    b"gzip": gzip.compress(TEXT),
    b"x-gzip": gzip.compress(TEXT),
    b"deflate": zlib.compress(TEXT),
    b"br": brotli.compress(TEXT),
    b"zstd": zstandard.ZstdCompressor().compress(TEXT),
    b"identity": TEXT,
    b"": TEXT,
}


@pytest.mark.parametrize("encoding", PACKED)
def test_each_encoding_is_read_whole_and_byte_by_byte(encoding):
    assert decoded(PACKED[encoding], encoding) == TEXT
    decode = decoder(encoding.upper())
    pieces = [PACKED[encoding][at : at + 1] for at in range(len(PACKED[encoding]))]
    assert b"".join(pieces if decode is None else map(decode, pieces)) == TEXT


@pytest.mark.parametrize("text", [TEXT, b"x", b"{}" * 9, bytes(range(256)) * 9])
@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_deflate_is_read_with_zlibs_header_and_without(text, level):
    bare = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    raw = bare.compress(text) + bare.flush()
    for packed in (raw, zlib.compress(text, level)):
        assert decoded(packed, b"deflate") == text
        decode = decoder(b"deflate")
        assert decode is not None
        assert b"".join(decode(packed[at : at + 1]) for at in range(len(packed))) == text


def test_what_cannot_be_read_is_empty_or_said_so():
    assert decoded(b"not gzip at all", b"gzip") == b""
    assert decoded(TEXT, b"rot13") == b""
    with pytest.raises(Undecodable):
        decoder(b"rot13")


SSE = b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
LAST = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize("case", ["asked", "not asked", "broken", "garbage behind the end", "unknown"])
def test_compressed_streams_pass_and_are_metered(tmp_path: Any, case: str) -> None:
    packed = gzip.compress(SSE + LAST + DONE)
    if case == "broken":
        packed = b"no gzip " * 9
    if case == "garbage behind the end":
        packed += b"\x00garbage"
    encoding = b"rot13" if case == "unknown" else b"gzip"

    async def handle(request: Any, reply: Any) -> None:
        reply.start(200, [(b"content-type", b"text/event-stream"), (b"content-encoding", encoding)])
        for at in range(0, len(packed), 9):
            reply.write(packed[at : at + 9])
            await asyncio.sleep(0)
        reply.finish()

    asked: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [], "stream": True}
    if case != "not asked":
        asked["stream_options"] = {"include_usage": True}
    with serving(handle) as upstream, running_gateway(tmp_path, estate(upstream)) as gateway:
        url = f"{gateway.url}/v1/chat/completions"
        headers = {"authorization": f"Bearer {SECRET}"}
        with httpx.stream("POST", url, json=asked, headers=headers, trust_env=False) as reply:
            raw = b"".join(reply.iter_raw())
            said = reply.headers.get("content-encoding")
        event = gateway.only_event()
    if case == "not asked":
        assert (said, raw) == (None, SSE + DONE)
    else:
        assert (said, raw) == (encoding.decode(), packed)
    if case in ("broken", "unknown"):
        assert event.usage_source == "estimated"
        assert "reply_unreadable" in event.flags
    else:
        assert (event.usage.tokens_input, event.usage.tokens_output) == (5, 2)
        assert (event.status, event.usage_source) == ("complete", "provider")
