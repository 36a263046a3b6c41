"""Who is calling, and whose money it is: the key, and the tags that a caller may set."""

from typing import Final

import msgspec

from bursar.estate.snapshot import Key
from bursar.gateway.refusal import Refusal
from bursar.gateway.world import World
from bursar.http1 import Headers
from bursar.vocab.errors import near_names

_TAG_PREFIX: Final = b"x-bursar-"
_FURTHER_PREFIX: Final = "tag-"
_VALUE_CHARACTERS: Final = 128
_FURTHER_MAX: Final = 32
_HOW_TO_SEND: Final = (
    "Send it where the provider's SDK does: `Authorization: Bearer KEY`, "
    "`x-api-key: KEY`, `x-goog-api-key: KEY` or `api-key: KEY`."
)


class Caller(msgspec.Struct, frozen=True):
    """A live key and the tags of this call."""

    key: Key
    team: str
    product: str
    use_case: str
    environment: str
    tags: dict[str, str]

    @staticmethod
    def of(key: Key) -> "Caller":
        """The key's own tags."""
        return Caller(key, key.team, key.product, key.use_case, key.environment, key.tags)


def find_key(world: World, secret: bytes) -> Key:
    """The key of a secret, live or not; Refusal 401 if there is none."""
    if not secret:
        raise Refusal(401, "key_missing", f"No key was sent. {_HOW_TO_SEND}")
    key = world.key_of(secret)
    if key is None:
        raise Refusal(
            401, "key_unknown", "This key is not known here. Ask for one: `bursar key create --team ...`."
        )
    return key


def check_live(key: Key, now_us: int) -> None:
    """Refusal 401 if the key has been revoked or has expired."""
    if key.revoked_at_us is not None:
        raise Refusal(
            401, "key_revoked", f"The key {key.id} was revoked. Ask its owner, {key.team}, for a new one."
        )
    if key.expires_at_us is not None and key.expires_at_us <= now_us:
        raise Refusal(
            401, "key_expired", f"The key {key.id} has expired. Ask its owner, {key.team}, for a new one."
        )


def read_tags(world: World, key: Key, headers: Headers) -> Caller:
    """The key's own tags with the caller's headers over them; Refusal 403 for one it may not set."""
    chosen: dict[str, str] = {}
    for header, sent in headers:
        if header.startswith(_TAG_PREFIX):
            chosen[header[len(_TAG_PREFIX) :].decode("latin-1")] = sent.decode("utf-8", "replace").strip()
    if not chosen:
        return Caller.of(key)
    named = {"team": key.team, "product": key.product, "use-case": key.use_case}
    named["environment"] = key.environment
    tags = dict(key.tags)
    for name, value in chosen.items():
        if name in named:
            if value != named[name]:
                _check_may_set(key, name.replace("-", "_"), name)
                _check_value(world, name, value)
                named[name] = value
        elif name.startswith(_FURTHER_PREFIX) and len(name) > len(_FURTHER_PREFIX):
            further = name[len(_FURTHER_PREFIX) :]
            if tags.get(further) != value:
                _check_may_set(key, f"tag:{further}", name)
                _check_value(world, name, value)
                tags[further] = value
        else:
            raise Refusal(
                400,
                "tag_unknown",
                f"The header x-bursar-{name} is not known. Tags are x-bursar-team, -product, -use-case, "
                "-environment, and x-bursar-tag-<key> for any other.",
            )
    if len(tags) > _FURTHER_MAX:
        raise Refusal(400, "too_many_tags", f"A call carries at most {_FURTHER_MAX} further tags.")
    return Caller(key, named["team"], named["product"], named["use-case"], named["environment"], tags)


def _check_may_set(key: Key, permission: str, header: str) -> None:
    if permission in key.may_set or (permission.startswith("tag:") and "tag:*" in key.may_set):
        return
    allowed = ", ".join(key.may_set) or "none"
    raise Refusal(
        403,
        "tag_not_allowed",
        f"The key {key.id} may not set x-bursar-{header} (it may set: {allowed}). Leave the header out, "
        f"or use a key made with `--may-set {permission}`.",
    )


def _check_value(world: World, tag: str, value: str) -> None:
    if not value or len(value) > _VALUE_CHARACTERS or not value.isprintable():
        raise Refusal(
            400, "tag_invalid", f"x-bursar-{tag} needs 1 to {_VALUE_CHARACTERS} printable characters."
        )
    known = world.known_values(tag)
    if known and value not in known:
        near = near_names(value, known)
        hint = (
            f"Did you mean {' or '.join(near)}?" if near else f"Known are: {', '.join(sorted(known)[:20])}."
        )
        raise Refusal(
            403, "tag_value_unknown", f"x-bursar-{tag}: {value!r} is not declared in the estate. {hint}"
        )
