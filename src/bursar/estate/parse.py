"""YAML files or JSON values to typed estate documents, with every mistake of every file named at once."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from bursar.estate.budget_checks import check_amounts, check_end, check_period, check_thresholds
from bursar.estate.budgets import Budget
from bursar.estate.channels import Channel, is_webhook
from bursar.estate.document import Document
from bursar.estate.kinds import KINDS, AnyDocument, Price, Provider
from bursar.estate.limits import Limit
from bursar.estate.policies import Policy, Tier
from bursar.estate.policy_checks import (
    check_effect,
    check_examples,
    check_hours,
    check_tier,
    check_validity,
    check_when,
)
from bursar.estate.problem import BadEstate, Problem
from bursar.estate.redact import HIDDEN
from bursar.estate.retention import Retention, check_retention
from bursar.estate.routes import TARGETS_MAX, ModelRoute
from bursar.estate.sign_in import SignIn, check_sign_in
from bursar.estate.yaml_tree import Fields, Items, Scalar, Tree, from_plain, read_trees
from bursar.vocab.errors import InvalidInput, near_names
from bursar.vocab.instant import format_instant, parse_instant

KINDS_BY_NAME: Final[dict[str, type[Document]]] = {kind.KIND: kind for kind in KINDS}

_MONEY_PATTERNS: Final = (r"^[0-9]{1,12}(\.[0-9]{1,18})?$", r"^([0-9]{1,12}(\.[0-9]{1,18})?)?$")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DECODER: Final[msgspec.json.Decoder[AnyDocument]] = msgspec.json.Decoder(AnyDocument)
_BAD: Final = object()  # stands for a value whose problem is already noted


class Source(msgspec.Struct, kw_only=True, frozen=True):
    """One YAML file: its path, as people should see it in errors, and its text."""

    path: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A document and where it was written; line 0 where the source has no lines."""

    document: AnyDocument
    path: str
    line: int

    @property
    def identity(self) -> tuple[str, str]:
        return self.document.KIND, self.document.name

    def problem(self, message: str) -> Problem:
        return Problem(path=self.path, line=self.line, message=message)


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The documents in the order they were written, and what is allowed but unwise."""

    documents: tuple[Placed, ...]
    warnings: tuple[Problem, ...] = ()


def parse(sources: Iterable[Source], values: Sequence[object] = ()) -> Parsed:
    """The documents of YAML files, then those that came as JSON; BadEstate holds every problem of all.

    The path of a JSON document is `documents[0]` and so on.
    """
    problems: list[Problem] = []
    given = list(sources)
    trees = [
        (source.path, tree) for source in given for tree in read_trees(source.path, source.text, problems)
    ]
    plain = [(f"documents[{index}]", from_plain(value)) for index, value in enumerate(values)]
    paths = [*(source.path for source in given), *(path for path, _ in plain)]
    return _parsed(paths, [*trees, *plain], problems)


def decode(body: bytes) -> AnyDocument:
    """A document from its stored JSON."""
    document: AnyDocument = _DECODER.decode(body)
    return document


def encode(document: Document) -> bytes:
    """The one JSON text of a document: keys sorted, defaults left out, so equal documents are equal bytes."""
    return msgspec.json.encode(msgspec.to_builtins(document), order="sorted")


def _parsed(paths: Sequence[str], trees: Sequence[tuple[str, Tree]], problems: list[Problem]) -> Parsed:
    placed: list[Placed] = []
    for path, tree in trees:
        found = _Reader(path, problems).document(tree)
        if found is not None:
            placed.append(found)
    problems.extend(_twice(placed))
    if problems:
        order = {path: position for position, path in enumerate(dict.fromkeys(paths))}
        raise BadEstate(sorted(problems, key=lambda item: (order[item.path], item.line)))
    return Parsed(documents=tuple(placed), warnings=tuple(_warnings(placed)))


def _twice(placed: Sequence[Placed]) -> Iterable[Problem]:
    first: dict[tuple[str, str], Placed] = {}
    for item in placed:
        earlier = first.setdefault(item.identity, item)
        if earlier is not item:
            kind, name = item.identity
            where = f"{earlier.path}:{earlier.line}" if earlier.line else earlier.path
            yield item.problem(f"{kind} {name!r} stands twice, first at {where}: remove one or rename it")


def _warnings(placed: Sequence[Placed]) -> Iterable[Problem]:
    for item in placed:
        if isinstance(item.document, Channel) and item.document.url.startswith("literal:"):
            yield item.problem(
                f"channel {item.document.name!r} carries its URL, which is a secret, in the file and in the "
                "state store: url: env:NAME or file:PATH keeps it out of both"
            )
        if isinstance(item.document, SignIn) and item.document.client_secret.startswith("literal:"):
            yield item.problem(
                f"sign_in {item.document.name!r} carries its client's secret in the file and in the state "
                "store: client_secret: env:NAME or file:PATH keeps it out of both"
            )
        if isinstance(item.document, Provider) and item.document.credential.startswith("literal:"):
            yield item.problem(
                f"provider {item.document.name!r} carries its key in the file and in the state store: "
                "credential: env:NAME or file:PATH keeps it out of both"
            )


class _Reader:
    """Walks one document beside its type; notes every problem with its line and goes on."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems

    def document(self, tree: Tree) -> Placed | None:
        if not isinstance(tree, Fields):
            self._note(tree.line, "a document is a mapping that begins with kind: and name:")
            return None
        kind = self._kind(tree)
        if kind is None:
            return None
        count = len(self._problems)
        plain = self._struct(_type_of(kind), tree, "", skip="kind")
        if len(self._problems) == count:
            for check in _CHECKS.get(kind, ()):
                for key, message in check(plain):
                    self._note(tree.key_lines.get(key, tree.line), message)
        if len(self._problems) > count:
            return None
        plain["kind"] = kind.KIND
        document = msgspec.convert(plain, AnyDocument)
        return Placed(document=document, path=self._path, line=tree.line)

    def _kind(self, tree: Fields) -> type[Document] | None:
        node = tree.fields.get("kind")
        if node is None:
            self._note(tree.line, f"kind is missing: write kind: and one of {', '.join(KINDS_BY_NAME)}")
            return None
        word = node.text if isinstance(node, Scalar) else ""
        if word not in KINDS_BY_NAME:
            self._note(node.line, f"unknown kind {word!r}{_did_you_mean(word, KINDS_BY_NAME)}")
            return None
        return KINDS_BY_NAME[word]

    def _note(self, line: int, message: str) -> None:
        self._problems.append(Problem(path=self._path, line=line, message=message))

    def _struct(self, kind: inspect.StructType, tree: Fields, at: str, skip: str = "") -> dict[str, Any]:
        """The fields of one record as plain values; a null counts as not written."""
        known = {field.encode_name: field for field in kind.fields}
        plain: dict[str, Any] = {}
        meant: set[str] = set()  # fields that were written with a slip; not reported as missing too
        for key, node in tree.fields.items():
            if key == skip:
                continue
            if key not in known:
                meant.update(near_names(key, known, count=1))
                self._note(tree.key_lines[key], f"unknown field {_at(at, key)!r}{_did_you_mean(key, known)}")
            elif not (isinstance(node, Scalar) and node.type == "null"):
                plain[key] = self._value(known[key].type, node, _at(at, key))
        for name, field in known.items():
            if field.required and name not in plain and name not in meant:
                self._note(tree.line, f"{_at(at, name)} is missing")
        return plain

    def _value(self, kind: inspect.Type, node: Tree, at: str, advice: str = "") -> Any:
        match kind:
            case inspect.Metadata():
                return self._value(kind.type, node, at, (kind.extra_json_schema or {}).get("description", ""))
            case inspect.UnionType():
                return self._union(kind, node, at, advice)
            case inspect.StructType():
                return self._mapping(node, at, lambda tree: self._struct(kind, tree, at))
            case inspect.DictType():
                return self._mapping(node, at, lambda tree: self._dict(kind, tree, at))
            case inspect.ListType():
                if not isinstance(node, Items):
                    return self._refuse(node, f"{at} must be a list")
                return [
                    self._value(kind.item_type, item, f"{at}[{position}]")
                    for position, item in enumerate(node.items)
                ]
            case _ if not isinstance(node, Scalar):
                return self._refuse(node, f"{at} must be a single value")
            case _:
                return self._scalar(kind, node, at, advice)

    def _union(self, kind: inspect.UnionType, node: Tree, at: str, advice: str) -> Any:
        """One of several types, told apart by how the value is written, and records by their tag."""
        shapes = {Fields: (inspect.StructType, inspect.DictType), Items: (inspect.ListType,)}.get(type(node))
        fitting = [one for one in kind.types if _is_shaped(one, shapes)]
        records = [one for one in fitting if isinstance(one, inspect.StructType)]
        if len(records) > 1 and isinstance(node, Fields):
            return self._tagged(records, node, at)
        if not fitting:
            return self._refuse(node, f"{at} must be {' or '.join(_shape(one) for one in kind.types)}")
        return self._value(fitting[0], node, at, advice)

    def _tagged(self, records: list[inspect.StructType], tree: Fields, at: str) -> Any:
        """The record that the tag names."""
        by_tag = {str(record.tag): record for record in records}
        field = records[0].tag_field or "type"
        node = tree.fields.get(field)
        if node is None:
            return self._refuse(tree, f"{_at(at, field)} is missing: use one of {', '.join(by_tag)}")
        word = node.text if isinstance(node, Scalar) else ""
        if word not in by_tag:
            return self._refuse(node, f"{_at(at, field)} is {word!r}{_did_you_mean(word, by_tag)}")
        return {field: word, **self._struct(by_tag[word], tree, at, skip=field)}

    def _mapping(self, node: Tree, at: str, read: Callable[[Fields], dict[str, Any]]) -> Any:
        if not isinstance(node, Fields):
            return self._refuse(node, f"{at} must be a mapping")
        return read(node)

    def _dict(self, kind: inspect.DictType, tree: Fields, at: str) -> dict[str, Any]:
        plain = {}
        for key, node in tree.fields.items():
            if isinstance(kind.key_type, inspect.LiteralType) and key not in kind.key_type.values:
                allowed = [str(word) for word in kind.key_type.values]
                self._note(
                    tree.key_lines[key], f"unknown field {_at(at, key)!r}{_did_you_mean(key, allowed)}"
                )
            else:
                plain[key] = self._value(kind.value_type, node, _at(at, key))
        return plain

    def _scalar(self, kind: inspect.Type, node: Scalar, at: str, advice: str) -> Any:
        match kind:
            case inspect.StrType():
                return self._text(kind, node, at, advice)
            case inspect.LiteralType():
                words = [str(word) for word in kind.values]
                if node.text in words:
                    return node.text
                return self._refuse(node, f"{at} is {node.text!r}{_did_you_mean(node.text, words)}")
            case inspect.BoolType():
                if node.type != "bool":
                    return self._refuse(node, f"{at} must be true or false")
                return node.text.lower() in ("true", "yes", "on")
            case inspect.IntType() | inspect.FloatType():
                return self._number(kind, node, at)
            case _:
                raise TypeError(f"no reading of {kind} at {at}")

    def _text(self, kind: inspect.StrType, node: Scalar, at: str, advice: str) -> Any:
        """Text as it was written, also where YAML would make a date, a number or a truth value of it."""
        if kind.pattern in _MONEY_PATTERNS and node.type == "float":
            return self._refuse(
                node,
                f'{at} is a float, which may lose digits of money: write it in quotes, "{node.text}"',
            )
        if _UNPRINTABLE.search(node.text):
            return self._refuse(node, f"{at} holds a control character: remove it")
        if len(node.text) < (kind.min_length or 0):
            return self._refuse(node, f"{at} is empty")
        if kind.max_length is not None and len(node.text) > kind.max_length:
            return self._refuse(node, f"{at} is longer than {kind.max_length} characters")
        if kind.pattern and not re.search(kind.pattern, node.text):
            return self._refuse(node, f"{at} is {node.text!r}, which cannot be used. {advice}".rstrip())
        return node.text

    def _number(self, kind: inspect.IntType | inspect.FloatType, node: Scalar, at: str) -> Any:
        whole = isinstance(kind, inspect.IntType)
        try:
            exact = Decimal(node.text)
        except InvalidOperation:
            exact = Decimal("NaN")
        if node.type not in ("int", "float") or not exact.is_finite() or (whole and node.type == "float"):
            return self._refuse(node, f"{at} must be a {'whole ' if whole else ''}number")
        broken = _broken_bound(kind, exact)
        if broken:
            return self._refuse(node, f"{at} is {node.text}: it must be {broken}")
        return int(exact) if whole else float(exact)

    def _refuse(self, node: Tree, message: str) -> object:
        self._note(node.line, message)
        return _BAD


def _is_shaped(kind: inspect.Type, shapes: tuple[type[inspect.Type], ...] | None) -> bool:
    """Whether a type is written in one of these ways; None stands for a single value."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if shapes is None:
        return not isinstance(kind, inspect.StructType | inspect.DictType | inspect.ListType)
    return isinstance(kind, shapes)


def _shape(kind: inspect.Type) -> str:
    if _is_shaped(kind, (inspect.ListType,)):
        return "a list"
    return "a single value" if _is_shaped(kind, None) else "a mapping"


def _broken_bound(kind: inspect.IntType | inspect.FloatType, value: Decimal) -> str:
    """The bound that a number does not keep, in words; empty if it keeps all."""
    if kind.gt is not None and value <= Decimal(str(kind.gt)):
        return f"more than {kind.gt:g}"
    if kind.ge is not None and value < Decimal(str(kind.ge)):
        return f"at least {kind.ge:g}"
    if kind.le is not None and value > Decimal(str(kind.le)):
        return f"at most {kind.le:g}"
    return ""


@cache
def _type_of(kind: type[Document]) -> inspect.StructType:
    found = inspect.type_info(kind)
    if not isinstance(found, inspect.StructType):
        raise TypeError(f"{kind} is not a record")
    return found


def _at(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a wrong word: the nearest right one, or all of them."""
    names = list(known)
    near = near_names(word, names, count=1)
    return f"; did you mean {near[0]!r}?" if near else f": use one of {', '.join(filter(None, names))}"


# What a kind demands beyond the types of its fields: a check takes the plain record, puts it into its one
# form where there are several, and yields (field, what is wrong).
_Check = Callable[[dict[str, Any]], Iterable[tuple[str, str]]]


def _check_valid_from(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    text = plain["valid_from"].replace(" ", "T", 1)
    try:
        if len(text) > len("2026-11-23"):
            instant = parse_instant(text if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else text + "Z")
            plain["valid_from"] = format_instant(instant)
        else:
            parse_instant(text)
    except (InvalidInput, OverflowError) as error:
        yield "valid_from", f"valid_from: {error}"


def _check_rates(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    tables = any(plain.get(name) for name in ("per_million_tokens", "tiers", "per_thousand"))
    single = any(plain.get(name, "0").strip("0.") for name in ("per_call", "per_image", "per_second"))
    if not tables and not single:
        sentence = (
            f"price {plain['name']!r} holds no rate, such as per_million_tokens or per_call; "
            'a model that is free has per_million_tokens: {input: "0", output: "0"}'
        )
        yield "name", sentence


def _check_tiers(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    bounds = [tier["input_over"] for tier in plain.get("tiers", [])]
    if bounds != sorted(set(bounds)):
        yield "tiers", "tiers must rise in input_over, each bound once"


def _check_headers(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in plain.get("headers", {}).items():
        if not _HEADER_NAME.fullmatch(name) or not value.isprintable():
            yield (
                "headers",
                f"headers.{name} cannot be sent: letters, digits and - in its name, one line of text",
            )


def _check_hidden(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """An estate that was shown does not hold its secrets; to apply it would replace them by a placeholder."""
    if plain.get("client_secret") == f"literal:{HIDDEN}":
        yield "client_secret", "client_secret was hidden where this was copied from: write it again"
    if plain.get("credential") == f"literal:{HIDDEN}":
        yield "credential", "credential was hidden where this was copied from: write it again"
    for name, value in plain.get("headers", {}).items():
        if value == HIDDEN:
            yield "headers", f"headers.{name} was hidden where this was copied from: write it again"


def _check_credential(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    if plain.get("credential") == "literal:":
        yield (
            "credential",
            "credential is literal: without a key after it; write none if the upstream needs none",
        )


def _check_targets(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    models = [target["model"] for target in plain["targets"]]
    if not models:
        yield "targets", "targets is empty: name at least one model that answers"
    if len(models) > TARGETS_MAX:
        yield "targets", f"targets holds {len(models)} models: at most {TARGETS_MAX} make sense"
    for model in sorted({model for model in models if models.count(model) > 1}):
        yield "targets", f"targets names {model!r} more than once: give it a larger weight instead"


def _check_some_limit(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    if not any(plain.get(name) for name in ("requests_per_minute", "tokens_per_minute", "concurrent")):
        sentence = (
            f"limit {plain['name']!r} limits nothing: write requests_per_minute, tokens_per_minute or "
            "concurrent"
        )
        yield "name", sentence


def _check_channel(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """What can be said of a channel without reading its secrets."""
    for field in ("url", "secret"):
        if plain.get(field) == f"literal:{HIDDEN}":
            yield field, f"{field} was hidden where this was copied from: write it again"
    scheme, _, url = plain["url"].partition(":")
    if scheme != "literal" or url == HIDDEN:
        return
    if "://" not in url:
        yield "url", "url is no URL: write literal: and SCHEME://..., or webhook+https://HOST/PATH"
    elif is_webhook(url) and plain.get("secret", "none") == "none":
        yield "url", "a webhook is signed, so it needs a secret: write secret: env:NAME or file:PATH"


_CHECKS: Final[dict[type[Document], tuple[_Check, ...]]] = {
    Channel: (_check_channel,),
    Provider: (_check_headers, _check_hidden, _check_credential),
    Price: (_check_valid_from, _check_rates, _check_tiers),
    Budget: (check_amounts, check_period, check_end, check_thresholds),
    ModelRoute: (_check_targets,),
    Limit: (_check_some_limit,),
    SignIn: (check_sign_in, _check_hidden),
    Retention: (check_retention,),
    Tier: (check_tier,),
    Policy: (check_effect, check_validity, check_hours, check_when, check_examples),
}
