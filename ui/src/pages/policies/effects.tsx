/** What a change would have done to past calls: its own rules first, and apart from what is in force as it is. */

import { Alert, Badge } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { components } from "~/api/schema";
import { Card } from "~/components/page";
import { Empty } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Count, Instant, Money } from "~/components/values";
import { compare } from "~/format/exact";
import { count } from "~/format/format";
import { amount, type BudgetUnit } from "~/pages/budgets/amounts";

type Effect = components["schemas"]["EffectReply"];
type RuleEffect = Effect["rules"][number];
type RunOut = Effect["budgets"][number];

/** How often one budget, or its part, would have run out. */
export interface RunOuts {
  budget: string;
  value: string;
  unit: BudgetUnit;
  given: boolean;
  /** Periods in which it would have. */
  times: number;
  first: string;
  last: string;
  /** The largest limit and the largest use of these periods. */
  limit: string;
  used: string;
}

/** By budget and part: those of the change first, then those that would run out most often. */
export function runOutsOf(budgets: readonly RunOut[]): RunOuts[] {
  const found = new Map<string, RunOuts>();
  for (const { budget, value, unit, given, runs_out_at: at, amount: limit, used } of budgets) {
    const key = `${budget}\u0000${value}`;
    const one = found.get(key);
    if (!one) {
      found.set(key, {
        budget,
        value,
        unit: unit as BudgetUnit,
        given,
        times: 1,
        first: at,
        last: at,
        limit,
        used,
      });
      continue;
    }
    one.times += 1;
    if (at < one.first) one.first = at;
    if (at > one.last) one.last = at;
    if (compare(limit, one.limit) > 0) one.limit = limit;
    if (compare(used, one.used) > 0) one.used = used;
  }
  return [...found.values()].sort((a, b) => Number(b.given) - Number(a.given) || b.times - a.times);
}

export function EffectShown({ effect }: { effect: Effect }) {
  const rules = [...effect.rules].sort((a, b) => Number(b.given) - Number(a.given));
  const outs = runOutsOf(effect.budgets);
  const others = effect.not_counted.filter(({ given }) => !given);
  return (
    <>
      <Card title="What the rules would have done" note={`to ${count(effect.calls)} calls`} flush>
        {rules.length ? (
          <DataTable
            label="Effect"
            rows={rules}
            columns={EFFECTS}
            rowKey={({ verdict, rule }) => `${verdict} ${rule}`}
            height={360}
          />
        ) : (
          <Empty title="Nothing">No call of the last 30 days would have met another outcome.</Empty>
        )}
      </Card>
      {outs.length > 0 && (
        <Card title="Budgets that would have run out" note="in the hours that are named" flush>
          <DataTable
            label="Budgets that would have run out"
            rows={outs}
            columns={RUN_OUTS}
            rowKey={({ budget, value }) => `${budget} ${value}`}
            height={360}
          />
        </Card>
      )}
      {effect.not_counted
        .filter(({ given }) => given)
        .map(({ rule, why }) => (
          <Alert key={rule} color="gray" variant="light" title={`Not counted: ${rule}`}>
            {why}
          </Alert>
        ))}
      {effect.conflicts.map((conflict) => (
        <Alert
          key={conflict.rules.join(" ")}
          color="yellow"
          variant="light"
          title={conflict.rules.join(" against ")}
        >
          {conflict.why}; {conflict.winner} wins
        </Alert>
      ))}
      {others.length > 0 && (
        <p className="dim">
          In force as it is, and not counted either: {others.map(({ rule }) => rule).join(", ")}.
        </p>
      )}
    </>
  );
}

/** Whose doing it is. */
const GIVEN: Column<{ given: boolean }> = {
  id: "given",
  name: "Comes from",
  width: 150,
  value: ({ given }) => (given ? "this change" : "in force already"),
  cell: ({ given }) => (
    <Badge size="sm" variant="light" color={given ? "teal" : "gray"} tt="none">
      {given ? "this change" : "in force already"}
    </Badge>
  ),
};

const EFFECTS: Column<RuleEffect>[] = [
  { id: "rule", name: "Rule", value: ({ rule }) => rule },
  GIVEN,
  { id: "verdict", name: "Would", value: ({ verdict }) => verdict.replaceAll("_", " "), width: 150 },
  {
    id: "calls",
    name: "Calls",
    kind: "number",
    width: 110,
    value: ({ calls }) => calls,
    cell: ({ calls }) => <Count value={calls} />,
  },
  {
    id: "cost",
    name: "They cost",
    kind: "money",
    width: 120,
    value: ({ cost }) => cost,
    cell: ({ cost }) => <Money value={cost} />,
  },
  {
    id: "saved",
    name: "Would save",
    kind: "money",
    width: 120,
    value: ({ saved }) => saved ?? "0",
    cell: ({ saved }) => <Money value={saved} />,
  },
  {
    id: "teams",
    name: "Most of",
    value: ({ teams }) => teams.map(({ team }) => team).join(", "),
    width: 200,
  },
];

function Amount({ value, unit }: { value: string; unit: BudgetUnit }) {
  return (
    <span className="num" title={`${value} ${unit}`}>
      {amount(value, unit)}
    </span>
  );
}

const RUN_OUTS: Column<RunOuts>[] = [
  {
    id: "budget",
    name: "Budget",
    value: ({ budget, value }) => `${budget} ${value}`,
    cell: ({ budget, value, given }) =>
      given ? (
        <span className="cut" title={`${budget} ${value}`}>
          {budget} <span className="dim">{value}</span>
        </span>
      ) : (
        <Link className="cut plain" to="/budgets/$name" params={{ name: budget }} search={{} as never}>
          {budget} <span className="dim">{value}</span>
        </Link>
      ),
  },
  GIVEN,
  {
    id: "times",
    name: "Periods",
    title: "In how many of its periods it would have run out",
    kind: "number",
    width: 96,
    value: ({ times }) => times,
    cell: ({ times }) => <Count value={times} />,
  },
  {
    id: "limit",
    name: "Limit",
    kind: "money",
    width: 120,
    value: ({ limit }) => limit,
    cell: ({ limit, unit }) => <Amount value={limit} unit={unit} />,
  },
  {
    id: "used",
    name: "Most used",
    title: "The most that was used in one of these periods",
    kind: "money",
    width: 120,
    value: ({ used }) => used,
    cell: ({ used, unit }) => <Amount value={used} unit={unit} />,
  },
  {
    id: "first",
    name: "First",
    title: "The hour in which it would have run out for the first time",
    width: 130,
    value: ({ first }) => first,
    cell: ({ first }) => <Instant at={first} />,
  },
  {
    id: "last",
    name: "Last",
    title: "The hour in which it would have run out for the last time",
    width: 130,
    value: ({ last }) => last,
    cell: ({ last }) => <Instant at={last} />,
  },
];
