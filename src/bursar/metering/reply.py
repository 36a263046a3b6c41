"""Reads a whole reply: one function per (wire, operation), in a visible table."""

from collections.abc import Callable, Mapping
from typing import Final

from bursar.metering.anthropic import read_message
from bursar.metering.bedrock import read_converse, read_invoked
from bursar.metering.estimate import shown
from bursar.metering.gemini import read_content
from bursar.metering.openai import read_audio, read_chat, read_images, read_response
from bursar.metering.reading import Reading

_OPENAI: Final[dict[str, Callable[[bytes], Reading]]] = {
    "chat": read_chat,
    "completions": read_chat,
    "embeddings": read_chat,
    "responses": read_response,
    "images": read_images,
    "audio": read_audio,
}

READERS: Final[dict[str, dict[str, Callable[[bytes], Reading]]]] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "anthropic": {"messages": read_message},
    "gemini": {"generate_content": read_content},
    "bedrock": {"converse": read_converse},
}


def read_reply(wire: str, operation: str, body: bytes, headers: Mapping[str, str]) -> Reading:
    """What a whole (not streamed) reply says of itself; an odd body or unknown operation: an empty Reading.

    `body` is decoded of any content encoding. `headers` matter only to Bedrock's InvokeModel.
    """
    if operation == "invoke_model" and wire == "bedrock":
        return read_invoked(body, headers)
    read = READERS.get(wire, {}).get(operation)
    if read is None:
        return Reading()
    reading = read(body)
    if reading.usage is None:
        reading.characters_output = shown(body)
    return reading
