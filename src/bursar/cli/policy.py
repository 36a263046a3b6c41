"""`policy`: what would happen to a call and why, and whether the examples beside the policies hold."""

from typing import Any

import click
import msgspec

from bursar.cli.command import (
    FAILED,
    Commands,
    console,
    json_option,
    plain,
    print_json,
    with_control,
    with_home,
)
from bursar.cli.control import ControlPlane
from bursar.cli.files import read_sources
from bursar.clock import now_us
from bursar.config import Config
from bursar.estate.kinds import Model, Provider
from bursar.estate.parse import parse
from bursar.estate.policies import Policy, Tier
from bursar.policy import Rulebook
from bursar.policy.examples import Outcome, run_examples
from bursar.policy.places import Places

_MARKS = {
    "allow": "green",
    "warn": "yellow",
    "clamp": "yellow",
    "reroute": "yellow",
    "require_approval": "red",
    "require_tags": "red",
    "deny": "red",
}


_GOES_ON = ("allow", "warn", "clamp", "reroute")


@click.group(cls=Commands)
def policy() -> None:
    """Explain what the policies do, and test them."""


@policy.command()
@click.option("--key", "key_id", required=True, metavar="ID", help="The id of the key that makes the call.")
@click.option("--model", required=True, metavar="NAME", help="The model that it asks for.")
@click.option("--provider", default="", metavar="NAME", help="Who answers, where the estate does not say.")
@click.option("--at", default="now", metavar="WHEN", help="When: a time, `now`, or a span back such as 2d.")
@click.option("--tag", "tags", multiple=True, metavar="NAME=VALUE", help="A tag of the call, team=ads too.")
@click.option("--bytes", "size", default=0, help="The length of the request's body.")
@click.option("--output-tokens", default=0, help="The longest answer that it asks for.")
@click.option("--budget", "budgets", multiple=True, metavar="NAME=PERCENT", help="How much of it is used.")
@json_option
@with_control
def explain(
    control: ControlPlane,
    key_id: str,
    model: str,
    provider: str,
    at: str,
    tags: tuple[str, ...],
    size: int,
    output_tokens: int,
    budgets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what would happen to a call and why, rule by rule."""
    body = {
        "key": key_id,
        "model": model,
        "provider": provider,
        "at": at,
        "tags": {_word(name): value for name, value in (_pair(tag, "--tag") for tag in tags)},
        "bytes": size,
        "output_tokens": output_tokens,
        "budgets": {name: _percent(value) for name, value in (_pair(one, "--budget") for one in budgets)},
    }
    reply = control.post("/policy/explain", body)
    if as_json:
        print_json(reply)
        return
    if reply["route"]:
        console().print(plain(f"{reply['route']} is a route; its targets are tried in turn:"))
    for step in reply["steps"]:
        _show_step(step)


@policy.command("test")
@click.option(
    "-f",
    "--file",
    "paths",
    multiple=True,
    metavar="PATH",
    help="YAML files or folders to test by themselves; what is in force if not given.",
)
@json_option
@with_home
def test_examples(config: Config, paths: tuple[str, ...], as_json: bool) -> None:
    """Hold the examples of policies against all of them; ends with 1 if one fails."""
    reply = _test_files(paths) if paths else _test_in_force(config)
    if as_json:
        print_json(reply)
    else:
        _show_outcomes(reply)
    if reply["failed"]:
        click.get_current_context().exit(FAILED)


def _test_in_force(config: Config) -> dict[str, Any]:
    control = ControlPlane.of(config)
    try:
        return control.get("/policy/test")
    finally:
        control.close()


def _test_files(paths: tuple[str, ...]) -> dict[str, Any]:
    """Nothing needs to run for this: files are enough."""
    documents = [placed.document for placed in parse(read_sources(paths)).documents]
    policies = [one for one in documents if isinstance(one, Policy)]
    book = Rulebook([one for one in documents if isinstance(one, Tier)], policies)
    places = Places(
        [one for one in documents if isinstance(one, Provider)],
        [one for one in documents if isinstance(one, Model)],
    )
    outcomes = run_examples(book, policies, places, now=now_us())
    passed = sum(outcome.passed for outcome in outcomes)
    return {
        "passed": passed,
        "failed": len(outcomes) - passed,
        "examples": [_plain_outcome(outcome) for outcome in outcomes],
    }


def _plain_outcome(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(outcome)
    return {**found, "passed": outcome.passed}


def _show_outcomes(reply: dict[str, Any]) -> None:
    out = console()
    for one in reply["examples"]:
        if not one["passed"]:
            wanted = " by ".join(filter(None, (one["expected"], one["expected_rule"])))
            got = " by ".join(filter(None, (one["verdict"], one["rule"])))
            why = f" ({one['reason']})" if one["reason"] else ""
            out.print(plain(f"failed: {one['policy']}, example {one['number']}: not {wanted} but {got}{why}"))
    out.print(f"{reply['passed']} passed, {reply['failed']} failed")


def _show_step(step: dict[str, Any]) -> None:
    out = console()
    by = f" by {step['rule']}" if step["rule"] else ", no rule says otherwise"
    place = f"{step['model']} at {step['provider']}" + (f" ({step['region']})" if step["region"] else "")
    out.print(f"[{_MARKS[step['verdict']]}]{step['verdict']}[/] {plain(place)}{plain(by)}")
    # What milder rules would do is of no account for a call that is held back; it is among the rules below.
    counts = (
        "reason",
        "owner",
        *(("reroute_to", "output_tokens_max") if step["verdict"] in _GOES_ON else ()),
    )
    for word in counts:
        if step[word]:
            out.print(f"  {word.replace('_', ' ')}: {plain(step[word])}")
    for word in ("tags_missing", "approvers", "warnings", "shadows"):
        if step[word]:
            out.print(f"  {word.replace('_', ' ')}: {plain(', '.join(step[word]))}")
    for sentence, fits in (("rules that fit, narrowest first", True), ("rules that do not", False)):
        rules = [said for said in step["rules"] if said["fits"] is fits]
        if rules:
            out.print(f"  {sentence}:")
        for said in rules:
            out.print(plain(f"    {_named(said)}: {said['outcome']}"))


def _named(said: dict[str, Any]) -> str:
    kind = said["rule"].partition("/")[0]
    return said["rule"] if said["effect"] == kind else f"{said['rule']} ({said['effect']})"


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"{text!r}: write NAME=VALUE", param_hint=option)
    return name.strip(), value.strip()


def _word(name: str) -> str:
    return name.replace("use-case", "use_case").removeprefix("tag:")


def _percent(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise click.BadParameter(f"{text!r} is no whole number of percent", param_hint="--budget")
    return int(text)
