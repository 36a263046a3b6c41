/** How tokens are used: what caches saved, answers that were allowed more than they used, prompts that come again. */

import { Link } from "@tanstack/react-router";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Stat } from "~/components/stat";
import { Empty } from "~/components/states";
import type { Column } from "~/components/table";
import { TableCard } from "~/components/tablecard";
import { Count, Instant, Money, Percent, Tokens } from "~/components/values";
import { count } from "~/format/format";
import { useQuestion } from "~/state/hooks";
import { cachingOf } from "./asked";

type CachingRow = components["schemas"]["CachingRow"];
type LimitRow = components["schemas"]["LimitRow"];
type BeginningRow = components["schemas"]["BeginningRow"];
type Call = components["schemas"]["Call"];

function useAsked() {
  const { tz: _, ...query } = useQuestion();
  return { params: { query } };
}

/** What reading from caches saved, less what writing into them cost. */
export function Saved() {
  const { data } = api.useQuery("get", ...cachingOf(useQuestion()));
  return (
    <Stat
      label="Saved by caches"
      value={data && <Money value={data.total.saved_usd} />}
      note={
        data && (
          <span title="At the rates that each call was priced by">
            writing cost <Money value={data.total.paid_for_writes_usd} />
          </span>
        )
      }
    />
  );
}

export function Caching() {
  return (
    <TableCard
      title="What caches saved"
      note="against plain input, at each call's own rates"
      query={api.useQuery("get", ...cachingOf(useQuestion()))}
      rows={(data) => data.rows}
      columns={CACHING}
      rowKey={({ model }) => model}
      expected={8}
      empty={<Empty title="No calls in this span">Choose a longer one.</Empty>}
    />
  );
}

/** The share of input tokens that came from a cache. */
function fromCache<T extends { tokens_input: number; tokens_read: number }>(
  name: string,
  width: number,
): Column<T> {
  const share = (row: T) => (row.tokens_input ? row.tokens_read / row.tokens_input : null);
  return {
    id: "hit",
    name,
    title: "Share of the input tokens that came from a cache",
    kind: "number",
    width,
    value: share,
    cell: (row) => <Percent value={share(row)} />,
  };
}

function calls<T extends { calls: number }>(): Column<T> {
  return {
    id: "calls",
    name: "Calls",
    kind: "number",
    width: 90,
    value: (row) => row.calls,
    cell: (row) => <Count value={row.calls} />,
  };
}

const CACHING: Column<CachingRow>[] = [
  { id: "model", name: "Model", value: ({ model }) => model },
  fromCache("Read", 80),
  {
    id: "written",
    name: "Written",
    title: "Tokens put into a cache where that is billed apart",
    kind: "number",
    width: 100,
    value: ({ tokens_written }) => tokens_written,
    cell: ({ tokens_written }) => <Tokens value={tokens_written} />,
  },
  {
    id: "paid",
    name: "Writing cost",
    title: "What writing cost above plain input",
    kind: "money",
    width: 130,
    value: ({ paid_for_writes_usd }) => paid_for_writes_usd,
    cell: ({ paid_for_writes_usd }) => <Money value={paid_for_writes_usd} />,
  },
  {
    id: "saved",
    name: "Saved",
    title: "What reading saved, less what writing cost",
    kind: "money",
    width: 110,
    value: ({ saved_usd }) => saved_usd,
    cell: ({ saved_usd }) => <Money value={saved_usd} />,
  },
];

export function OutputLimits() {
  return (
    <TableCard
      title="Answers allowed longer than they are"
      note="a budget holds money for every token that is allowed"
      query={api.useQuery("get", "/api/v1/usage/output-limits", useAsked())}
      rows={(data) => data.rows}
      columns={LIMITS}
      rowKey={({ model, use_case }) => `${model} ${use_case}`}
      empty={
        <Empty title="No call of this span names a limit">
          A request that names how long its answer may be holds less of its budgets while it runs.
        </Empty>
      }
    />
  );
}

const LIMITS: Column<LimitRow>[] = [
  { id: "use", name: "Use case", value: ({ use_case }) => use_case },
  { id: "model", name: "Model", value: ({ model }) => model, width: 180 },
  calls(),
  {
    id: "asked",
    name: "Allowed each",
    kind: "number",
    width: 140,
    value: (row) => row.tokens_asked / row.calls,
    cell: (row) => <Count value={Math.round(row.tokens_asked / row.calls)} />,
  },
  {
    id: "output",
    name: "Used each",
    kind: "number",
    width: 120,
    value: (row) => row.tokens_output / row.calls,
    cell: (row) => <Count value={Math.round(row.tokens_output / row.calls)} />,
  },
  {
    id: "vain",
    name: "Allowed in vain",
    kind: "number",
    width: 160,
    value: (row) => row.tokens_asked - row.tokens_output,
    cell: (row) => <Tokens value={row.tokens_asked - row.tokens_output} />,
  },
  {
    id: "cut",
    name: "Cut off",
    title: "Answers that used all they were allowed: these may want more",
    kind: "number",
    width: 100,
    value: ({ cut_off }) => cut_off,
    cell: ({ cut_off }) => <Count value={cut_off} />,
  },
  {
    id: "held",
    name: "Held each",
    title: "What budgets held for such a call while it ran",
    kind: "money",
    width: 110,
    value: heldEach,
    cell: (row) => <Money value={heldEach(row)} />,
  },
];

/** In USD; no sum of money, so a number is precise enough. */
function heldEach({ held_usd, calls_held }: LimitRow): string | null {
  return calls_held ? (Number(held_usd) / calls_held).toFixed(12) : null;
}

export function Beginnings() {
  return (
    <TableCard
      title="Prompts that begin alike"
      note="what a cache could serve; no text is stored"
      query={api.useQuery("get", "/api/v1/usage/beginnings", useAsked())}
      rows={(data) => data.rows}
      columns={BEGINNINGS}
      rowKey={({ fingerprint }) => fingerprint}
      empty={<Empty title="No prompt of this span begins as another does" />}
    />
  );
}

function among(value: string, all: number): string {
  return all > 1 ? `${value} and ${count(all - 1)} more` : value;
}

const BEGINNINGS: Column<BeginningRow>[] = [
  {
    id: "who",
    name: "Use case, team",
    value: (row) => `${among(row.use_case, row.use_cases)}, ${among(row.team, row.teams)}`,
  },
  { id: "model", name: "Model", value: (row) => among(row.model, row.models), width: 180 },
  calls(),
  {
    id: "repeated",
    name: "Sent before",
    title: "Calls whose whole prompt had been sent before",
    kind: "number",
    width: 130,
    value: ({ repeated }) => repeated,
    cell: ({ repeated }) => <Count value={repeated} />,
  },
  fromCache("From a cache", 140),
  {
    id: "uncached",
    name: "Not from a cache",
    title: "Input tokens that no cache served",
    kind: "number",
    width: 170,
    value: (row) => row.tokens_input - row.tokens_read,
    cell: (row) => <Tokens value={row.tokens_input - row.tokens_read} />,
  },
  {
    id: "cost",
    name: "Cost",
    kind: "money",
    width: 110,
    value: ({ cost_usd }) => cost_usd,
    cell: ({ cost_usd }) => <Money value={cost_usd} />,
  },
];

export function LongestPrompts() {
  return (
    <TableCard
      title="Longest prompts"
      note="of all calls in the span"
      query={api.useQuery("get", "/api/v1/usage/longest", useAsked())}
      rows={(data) => data.calls}
      columns={PROMPTS}
      rowKey={({ call_id }) => call_id}
      expected={8}
      empty={<Empty title="No calls in this span" />}
    />
  );
}

const PROMPTS: Column<Call>[] = [
  {
    id: "call",
    name: "Call",
    value: ({ model }) => model,
    cell: ({ call_id, model, team, use_case }) => (
      <Link className="cut plain" to="/calls/$callId" params={{ callId: call_id }}>
        {model}{" "}
        <span className="dim">
          {team}, {use_case}
        </span>
      </Link>
    ),
  },
  {
    id: "at",
    name: "Began",
    value: ({ started_at }) => started_at,
    width: 150,
    cell: ({ started_at }) => <Instant at={started_at} />,
  },
  {
    id: "input",
    name: "Input",
    kind: "number",
    width: 90,
    value: ({ tokens }) => tokens.input_total,
    cell: ({ tokens }) => <Tokens value={tokens.input_total} />,
  },
  {
    id: "cost",
    name: "Cost",
    kind: "money",
    width: 100,
    value: ({ cost_usd }) => cost_usd,
    cell: ({ cost_usd }) => <Money value={cost_usd} />,
  },
];
