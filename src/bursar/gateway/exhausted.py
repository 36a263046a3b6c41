"""What a caller is told when budgets do not pay for a call: which, whose, until when, and what would pass."""

from collections.abc import Sequence
from typing import Final

from bursar.budgets.amount import worded
from bursar.budgets.protocol import Opening
from bursar.estate.budgets import Budget
from bursar.estate.period import period_of
from bursar.gateway.refusal import Refusal
from bursar.gateway.treasury import Shortage
from bursar.vocab.instant import InstantUs, format_instant

MODELS_SAID: Final = 3


class BudgetExhausted(Refusal):
    """No budget for this call at this model; `instead` is the model that the budget names for that case."""

    instead = ""


def exhausted(
    budget: Budget,
    opening: Opening,
    shortage: Shortage,
    *,
    needed: int,
    output_fits: int,
    comes_back: bool,
    note: str = "",
    models: Sequence[str] = (),
) -> BudgetExhausted:
    """The refusal. `needed` is in the budget's unit; with `output_fits` tokens of output the call would pass.

    `comes_back`: enough of what is missing is held by calls in flight. `note` is said of that amount, and
    `models` would be paid for.
    """
    unit, standing = opening.unit, shortage.standing
    limit, spent, left, held = opening.amount, 0, 0, 0
    if standing is not None:
        limit, spent, left = standing.limit, standing.spent, standing.available
        held = standing.held + standing.in_doubt + max(0, standing.returning)
    name = f"{budget.name}[{opening.value}]" if opening.value else budget.name
    facts: dict[str, object] = {
        "rule": f"budget/{name}",
        "owner": budget.owner,
        "limit": worded(limit, unit),
        "used": worded(spent, unit),
        "held": worded(held, unit),
        "left": worded(max(0, left), unit),
        "needed": worded(needed, unit),
        "resets_at": format_instant(InstantUs(opening.ends_at_us)),
    }
    sentence = (
        f"The budget {name} has {facts['left']} left of {facts['limit']} ({facts['used']} spent, "
        f"{facts['held']} held by calls in flight), and this call may cost up to {facts['needed']}."
        f"{note}"
    )
    if comes_back:
        facts["retry_after_s"] = "1"
        sentence += " What they do not use is free when they end: try again."
        refusal = BudgetExhausted(429, "budget_held", sentence, facts)
    else:
        sentence += (
            f" {_resets(budget, opening)} {_would_pass(output_fits, models)}; "
            f"{budget.owner or 'whoever administers it'} can grant more: "
            f"`bursar budget grant {budget.name} ...`."
        )
        if output_fits > 0:
            facts["output_tokens_max"] = output_fits
        if models:
            facts["models_paid"] = list(models)
        refusal = BudgetExhausted(402, "budget_exhausted", sentence, facts)
    if budget.on_exhausted != "refuse":
        refusal.instead = budget.on_exhausted
    return refusal


def _resets(budget: Budget, opening: Opening) -> str:
    at = format_instant(InstantUs(opening.ends_at_us))
    if period_of(budget).from_:
        return f"It ends at {at} and does not begin anew."
    if opening.rolling:
        return f"At {at} the oldest day of its window is over, and what that day spent is free again."
    return f"It begins anew at {at}."


def _would_pass(output_fits: int, models: Sequence[str]) -> str:
    if output_fits > 0:
        passing = f"With a maximum of {output_fits} tokens of output the call would pass"
        return f"{passing}, or at {' or '.join(models)}" if models else passing
    if models:
        return f"The call would be paid for at {' or '.join(models)}"
    return "A shorter prompt or a cheaper model costs less"


def uncounted(budget: Budget) -> BudgetExhausted:
    """The budget is new here, and whoever counts what its period has spent did not do so in time."""
    return BudgetExhausted(
        429,
        "budget_not_counted",
        f"The budget {budget.name} is new or has changed, and the control plane has not yet counted what its "
        f"period had spent before. Try again in a moment; if it stays so, look at `bursar doctor` and the "
        f"control plane's log{or_ask(budget)}.",
        {"rule": f"budget/{budget.name}", "owner": budget.owner, "retry_after_s": "1"},
    )


def experiment_ended(budget: Budget) -> Refusal:
    """Its keys stop at its end."""
    return Refusal(
        403,
        "experiment_ended",
        f"The experiment {budget.name} ended on {budget.expires}, so its calls are no longer sent. "
        f"Move `expires` in its document, or use another key{or_ask(budget)}.",
        {"rule": f"budget/{budget.name}", "owner": budget.owner},
    )


def store_unreachable(budget: Budget) -> Refusal:
    """Nobody can be asked, the leases are used up, and the budget says to refuse then."""
    return Refusal(
        503,
        "budget_store_unreachable",
        f"The budget {budget.name} cannot be asked now, and this gateway's part of it is used "
        f"up. Try again in a moment{or_ask(budget)}.",
        {"rule": f"budget/{budget.name}", "owner": budget.owner, "retry_after_s": "2"},
    )


def or_ask(budget: Budget) -> str:
    """Whom to ask, as the end of a sentence."""
    return f" or ask {budget.owner}" if budget.owner else ""
