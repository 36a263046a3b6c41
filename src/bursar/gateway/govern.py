"""May this call go there: tiers and policies on a call's way, and what they change of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from bursar.directory import Approval, Wanted, grant_of
from bursar.estate.snapshot import Grant
from bursar.gateway.approvals import Desk
from bursar.gateway.ask import makes_text
from bursar.gateway.call import Call
from bursar.gateway.paths import Route
from bursar.gateway.refusal import Refusal
from bursar.gateway.world import Target, World, may_use
from bursar.policy import CallFacts, Decision, Quiet, Rulebook, ladder
from bursar.policy.rule import Rule
from bursar.vocab.errors import Unavailable

BudgetsUsed = Callable[[Call, Target], Mapping[str, int]]
"""Percent used, by name, of the budgets that would pay for a call to a target."""

_NO_BUDGETS: Final[Mapping[str, int]] = {}
_ALTERNATIVES_TRIED: Final = 30
_HEARD_MAX: Final = 10_000
_ALTERNATIVES_SAID: Final = 3
_PASSING: Final = ("allow", "warn", "clamp")


def no_budgets(_call: Call, _target: Target) -> Mapping[str, int]:
    """Where no budget is kept, none is used."""
    return _NO_BUDGETS


class _Heard(msgspec.Struct, frozen=True):
    """The calls of one caller to one target for which the rules have nothing to say."""

    rules: Rulebook
    target: Target
    quiet: Quiet


class Governor:
    """Holds calls against the rules of the world in force. `desk` is where approvals are asked for."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self.budgets_used: BudgetsUsed = no_budgets
        self._heard: dict[tuple[object, ...], _Heard] = {}  # of these rules
        self._rules: Rulebook | None = None

    def is_silent(self, rules: Rulebook, call: Call, target: Target) -> bool:
        """Whether the rules had nothing to say to a call like this one: `govern` need not be asked."""
        heard = call.sent.heard
        if not isinstance(heard, _Heard) or heard.rules is not rules or heard.target is not target:
            heard = self._heard.get((id(target), *call.caller()))
            if heard is None or heard.rules is not rules or heard.target is not target:
                return False
            call.sent.heard = heard
        return heard.quiet.covers(
            len(call.request.body),
            call.ask.output_max(call.event.operation) or 0,
            call.event.started_at_us,
        )

    async def govern(self, world: World, rules: Rulebook, call: Call, route: Route, target: Target) -> Target:
        """Where the call goes, changed as the rules say; Refusal if it may not go at all."""
        facts = self._facts(world, call, route, target, _grants(world, call, target))
        decision = rules.decide(facts)
        if decision.is_silent:
            quiet = rules.quiet(facts)
            if quiet is not None:
                if self._rules is not rules or len(self._heard) >= _HEARD_MAX:
                    self._heard.clear()
                    self._rules = rules
                self._heard[(id(target), *call.caller())] = call.sent.heard = _Heard(rules, target, quiet)
            return target
        return await self._follow(world, rules, call, route, target, decision)

    async def _follow(
        self,
        world: World,
        rules: Rulebook,
        call: Call,
        route: Route,
        target: Target,
        decision: Decision,
    ) -> Target:
        """Do what a decision says.

        A rerouted call is decided on again for its new model, so that none goes where it would be refused.
        """
        asked, sent_by, seen = target, list[Rule](), {target.model}
        grants = _grants(world, call, target)
        while True:
            _flag(call, decision)
            if decision.verdict in ("deny", "require_tags"):
                raise self._refusal(world, call, route, target, decision, sent_by)
            if decision.verdict == "require_approval":
                grants = (*grants, await self._ask(world, call, route, target, decision))
            elif decision.approved and not await self._use(call, grants, decision.approved):
                grants = tuple(grant for grant in grants if grant.rule != decision.approved)
            elif decision.reroute is None or decision.reroute_to in seen:
                break  # two rules that send a call to and fro leave it where it is
            else:
                sent_by.append(decision.reroute)
                target = _rerouted(world, call, route, target, decision)
                seen.add(target.model)
                grants = _grants(world, call, target)
            decision = rules.decide(self._facts(world, call, route, target, grants))
        if sent_by:
            _note_reroute(call, asked, target, sent_by[-1])
        _note_rest(call, route, decision)
        return target

    def charge(self, call: Call) -> None:
        """Count what a call cost against the grant that it went on, where that has a limit of money."""
        grant, cost = call.approval, call.event.cost_pico
        if self.desk is not None and grant is not None and grant.cost_max_pico is not None and cost:
            self.desk.charge(grant.id, cost)

    # -- what is known -------------------------------------------------------------------------------

    def _facts(
        self, world: World, call: Call, route: Route, target: Target, grants: Sequence[Grant]
    ) -> CallFacts:
        event, rules = call.event, world.rules
        needs_budgets = rules is not None and rules.needs_budgets
        return CallFacts(
            team=event.team,
            product=event.product,
            use_case=event.use_case,
            environment=event.environment,
            model=target.model,
            upstream_model=target.upstream_model,
            provider=target.provider.document.name,
            region=target.provider.document.region,
            key=event.key_id,
            tags=event.tags,
            trained=call.sent.owner(world).key.tags.get("training", ""),
            wire=route.wire,
            operation=route.operation,
            bytes=len(call.request.body),
            output_tokens=call.ask.output_max(route.operation) or 0,
            at_us=event.started_at_us,
            budgets=self.budgets_used(call, target) if needs_budgets else _NO_BUDGETS,
            granted=tuple([grant.rule for grant in grants]) if grants else (),
        )

    # -- approvals -----------------------------------------------------------------------------------

    async def _use(self, call: Call, grants: Sequence[Grant], rule: str) -> bool:
        """Whether something is left of a grant for this rule; it counts as used by this call then."""
        for grant in grants:
            if grant.rule == rule and (not grant.is_counted or await self._counted(grant)):
                call.approval = grant
                return True
        return False

    async def _counted(self, grant: Grant) -> bool:
        if self.desk is None:
            return False
        try:
            return await self.desk.use(grant.id)
        except Unavailable as error:
            raise _no_store(error) from error

    async def _ask(self, world: World, call: Call, route: Route, target: Target, decision: Decision) -> Grant:
        """Ask for the approval that a call needs: Refusal, or a grant that this worker had not heard of."""
        others = self._alternatives(world, call, route, target)
        if self.desk is None:
            raise _needs_approval(decision, target, None, "", others)
        event = call.event
        wanted = Wanted(
            key_id=event.key_id,
            team=event.team,
            rule=decision.rule,
            model=target.model,
            owner=decision.owner,
            reason=decision.reason,
            approvers=decision.approvers,
            call_id=event.call_id,
        )
        try:
            approval = await self.desk.ask(wanted, world.revision)
        except Unavailable as error:
            raise _no_store(error) from error
        if approval.state == "granted":
            return grant_of(approval)
        raise _needs_approval(decision, target, approval, self.desk.url(approval), others)

    # -- refusals ------------------------------------------------------------------------------------

    def _refusal(
        self,
        world: World,
        call: Call,
        route: Route,
        target: Target,
        decision: Decision,
        sent_by: list[Rule],
    ) -> Refusal:
        if decision.verdict == "require_tags":
            return _needs_tags(decision)
        others = self._alternatives(world, call, route, target)
        sent = f" The call was on its way there by {_rule_words(sent_by[-1].name)}." if sent_by else ""
        sentence = (
            f"{_capital(_rule_words(decision.rule))} does not let this call use the model {target.model} at "
            f"{target.provider.document.name}{_because(decision)}.{sent}{_owned(decision)}{_would_pass(others)}"
        )
        return Refusal(403, "policy_denied", sentence, {**_facts_of(decision), "models_allowed": others})

    def _alternatives(self, world: World, call: Call, route: Route, target: Target) -> list[str]:
        """Some declared models that this very call may use."""
        found = list[str]()
        key = call.sent.owner(world).key
        for name in world.declared_for(key, route.wire)[:_ALTERNATIVES_TRIED]:
            other = world.target(route, name)
            if len(found) == _ALTERNATIVES_SAID:
                break
            if other.model == target.model and other.provider is target.provider:
                continue
            if not other.provider.fault and self.lets_in(world, call, route, other):
                found.append(name)
        return found

    def lets_in(self, world: World, call: Call, route: Route, target: Target) -> bool:
        """Whether this very call may use a target without anybody's approval."""
        if world.rules is None:
            return True
        return world.rules.decide(self._facts(world, call, route, target, ())).verdict in _PASSING


def _grants(world: World, call: Call, target: Target) -> tuple[Grant, ...]:
    """The approvals that the caller has for a target, as far as this worker has heard."""
    return world.grants(call.event.key_id, target.model, call.event.started_at_us)


def _rerouted(world: World, call: Call, route: Route, target: Target, decision: Decision) -> Target:
    """The target of a reroute; Refusal if the call cannot go there, because the rule says not to stay."""
    to = decision.reroute_to
    try:
        return _reachable(world, call, route, to)
    except Refusal as refusal:
        name = decision.reroute.name if decision.reroute else ""
        raise Refusal(
            refusal.status if refusal.status >= 500 else 403,
            "reroute_impossible",
            f"{_capital(_rule_words(name))} sends calls of {target.model} to {to}, which cannot take this "
            f"one: {refusal.sentence}{_owned(decision)}",
            {**_facts_of(decision), "rule": name, "model": to},
        ) from refusal


def _reachable(world: World, call: Call, route: Route, model: str) -> Target:
    """Where a model leads for this very call; Refusal if it leads nowhere or its key may not use it."""
    key = call.sent.owner(world).key
    if not may_use(key, model):
        raise Refusal(403, "model_not_allowed", f"The key {key.id} may use only {', '.join(key.models)}.")
    found = world.target(route, model)
    if found.provider.fault:
        raise Refusal(503, "provider_misconfigured", found.provider.fault)
    return found


def _note_reroute(call: Call, asked: Target, target: Target, rule: Rule) -> None:
    event = call.event
    if target.model == asked.model:
        return
    event.model = target.model
    event.provider = target.provider.document.name
    event.region = target.provider.document.region
    event.flags = [*event.flags, "rerouted"]
    why = f": {rule.reason}" if rule.reason else ""
    call.advise(f"rerouted from {asked.model} to {target.model} by {_rule_words(rule.name)}{why}")


def _note_rest(call: Call, route: Route, decision: Decision) -> None:
    """What stands beside the verdict: a shorter answer, and warnings."""
    event, most = call.event, decision.output_tokens_max
    clamp = decision.clamp
    if clamp is not None and most is not None and makes_text(route) and call.limit_output(most):
        event.flags = [*event.flags, "clamped"]
        why = f": {clamp.reason}" if clamp.reason else ""
        call.advise(f"the answer has at most {most} tokens by {_rule_words(clamp.name)}{why}")
    for rule in decision.warnings:
        call.advise(f"{_rule_words(rule.name)} warns: {_warning(rule)}")
    if decision.warnings:
        event.flags = [*event.flags, "warned"]


def _warning(rule: Rule) -> str:
    message = getattr(rule.effect, "message", "") or rule.reason
    return message or "this use is not wanted"


def _flag(call: Call, decision: Decision) -> None:
    """Facts for the event: what rules tried out, and whose condition failed."""
    if decision.shadows or decision.failed:
        found = [f"shadow_{effect}" for _, effect in decision.shadows]
        found += ["policy_condition_failed"] if decision.failed else []
        event = call.event
        event.flags = list(dict.fromkeys([*event.flags, *found]))


def _needs_tags(decision: Decision) -> Refusal:
    headers = [f"x-bursar-{name.replace('tag:', 'tag-').replace('_', '-')}" for name in decision.tags_missing]
    return Refusal(
        400,
        "tags_required",
        f"{_capital(_rule_words(decision.rule))} wants to know {' and '.join(decision.tags_missing)} of this "
        f"call{_because(decision)}. Send the header {' and '.join(headers)} with a value, or use a key that "
        f"carries it.{_owned(decision)}",
        {**_facts_of(decision), "tags_missing": decision.tags_missing, "headers": headers},
    )


def _needs_approval(
    decision: Decision, target: Target, approval: Approval | None, url: str, others: list[str]
) -> Refusal:
    facts = {**_facts_of(decision), "models_allowed": others}
    sentence = (
        f"{_capital(_rule_words(decision.rule))} lets this call use {target.model} with an approval only"
        f"{_because(decision)}. "
    )
    if approval is None:
        sentence += f"Ask {' or '.join(decision.approvers)}."
    elif approval.state == "declined":
        sentence += f"The request {approval.id} was declined by {approval.decided_by}: {approval.answer}."
    else:
        sentence += (
            f"The request {approval.id} is with {approval.approver}, who can grant it at {url} or by "
            f"`bursar approval grant {approval.id}`; then try again."
        )
    if approval is not None:
        facts |= {"request": approval.id, "state": approval.state, "url": url, "approver": approval.approver}
    return Refusal(403, "approval_required", f"{sentence}{_would_pass(others)}", facts)


def _no_store(error: Unavailable) -> Refusal:
    return Refusal(
        503,
        "approvals_unavailable",
        f"This call needs an approval, and nobody can be asked now: {error}. Try again in a moment.",
    )


def _facts_of(decision: Decision) -> dict[str, object]:
    return {"rule": decision.rule, "owner": decision.owner, "reason": decision.reason}


def _rule_words(name: str) -> str:
    """`policy/night` as `the policy night`, a budget's step as `the step stop of the budget search`."""
    step = ladder.step_of(name)
    if step is not None:
        return f"the step {step[1]} of the budget {step[0]}"
    return f"the {name.replace('/', ' ', 1)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _because(decision: Decision) -> str:
    return f": {decision.reason.rstrip('.')}" if decision.reason else ""


def _owned(decision: Decision) -> str:
    return f" Its owner is {decision.owner}." if decision.owner else ""


def _would_pass(others: list[str]) -> str:
    return f" This call may use {' or '.join(others)}." if others else ""
