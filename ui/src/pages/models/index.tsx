/** Models: who uses which, their share, prices in force with their history, and keys that may use what they do not. */

import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Count, Instant, Money, Name, Percent } from "~/components/values";
import { decimal, pico, ratio } from "~/format/exact";
import { usePermissions } from "~/session/me";
import { useQuestion, useSpan } from "~/state/hooks";

type Figures = components["schemas"]["Figures"];
type Row = Figures & { model: string; provider: string };
type Document = Record<string, unknown>;

export default function Models() {
  const span = useSpan();
  const may = usePermissions();
  return (
    <Page title="Models" subtitle={`${span.name}, ${span.days}`}>
      <Use />
      <Prices />
      {may("keys.read") && <UnusedGrants />}
    </Page>
  );
}

function Use() {
  const { tz: _, ...question } = useQuestion();
  const query = api.useQuery("get", "/api/v1/usage", {
    params: { query: { ...question, by: "model,provider" } },
  });
  const rows = useMemo(() => (query.data?.rows ?? []) as unknown as Row[], [query.data]);
  const total = query.data?.total;
  const columns = useMemo(() => (total ? columnsOf(total) : []), [total]);
  return (
    <Card title="Use" note="shares of all calls and of all cost" flush>
      <Loaded query={query} skeleton={<SkeletonRows rows={10} />} what="Models">
        {() =>
          rows.length ? (
            <DataTable
              label="Models in use"
              rows={rows}
              columns={columns}
              rowKey={({ model, provider }) => `${model} ${provider}`}
            />
          ) : (
            <Empty title="No calls in this span">Choose a longer one.</Empty>
          )
        }
      </Loaded>
    </Card>
  );
}

function perCall({ cost_usd, calls, unpriced_calls }: Figures): string | null {
  const priced = BigInt(calls - unpriced_calls);
  return priced > 0n ? decimal(pico(cost_usd) / priced) : null;
}

function columnsOf(total: Figures): Column<Row>[] {
  return [
    {
      id: "model",
      name: "Model",
      value: ({ model }) => model,
      cell: ({ model }) => (
        <Link
          className="cut plain"
          to="/explore"
          search={(before) => ({ ...before, filter: [`model:${model}`], by: "team" }) as never}
        >
          {model}
        </Link>
      ),
      total: "Total",
    },
    { id: "provider", name: "Provider", value: ({ provider }) => provider, width: 140 },
    {
      id: "calls",
      name: "Calls",
      kind: "number",
      width: 110,
      value: ({ calls }) => calls,
      cell: ({ calls }) => <Count value={calls} />,
      total: <Count value={total.calls} />,
    },
    {
      id: "share",
      name: "Of calls",
      kind: "number",
      width: 100,
      value: ({ calls }) => (total.calls ? calls / total.calls : null),
      cell: ({ calls }) => <Percent value={total.calls ? calls / total.calls : null} />,
    },
    {
      id: "cost",
      name: "Cost",
      kind: "money",
      width: 120,
      value: ({ cost_usd }) => cost_usd,
      cell: ({ cost_usd }) => <Money value={cost_usd} />,
      total: <Money value={total.cost_usd} />,
    },
    {
      id: "costshare",
      name: "Of cost",
      kind: "number",
      width: 100,
      value: ({ cost_usd }) => ratio(cost_usd, total.cost_usd),
      cell: ({ cost_usd }) => <Percent value={ratio(cost_usd, total.cost_usd)} />,
    },
    {
      id: "per",
      name: "Per call",
      kind: "money",
      width: 120,
      value: perCall,
      cell: (row) => <Money value={perCall(row)} />,
      total: <Money value={perCall(total)} />,
    },
    {
      id: "unpriced",
      name: "Unpriced",
      kind: "number",
      width: 100,
      value: ({ unpriced_calls }) => unpriced_calls,
      cell: ({ unpriced_calls }) => <Count value={unpriced_calls} />,
      total: <Count value={total.unpriced_calls} />,
    },
  ];
}

/** The price documents of the estate; each is dated, and none is ever rewritten. */
function Prices() {
  const query = api.useQuery("get", "/api/v1/estate", { params: { query: { kind: "price" } } });
  return (
    <Card title="Own prices" note="they win over the public catalogue, from their date on" flush>
      <Loaded query={query} skeleton={<SkeletonRows rows={5} />} what="Prices">
        {({ documents }) =>
          documents.length ? (
            <DataTable
              label="Own prices"
              rows={documents as Document[]}
              columns={PRICES}
              rowKey={({ name }) => String(name)}
              height={360}
            />
          ) : (
            <Empty title="No prices of your own">Calls are priced by the public catalogue.</Empty>
          )
        }
      </Loaded>
    </Card>
  );
}

const PRICES: Column<Document>[] = [
  {
    id: "name",
    name: "Price",
    value: ({ name }) => String(name),
    width: 220,
    cell: ({ name }) => (
      <Link className="cut plain" to="/estate/$kind/$name" params={{ kind: "price", name: String(name) }}>
        {String(name)}
      </Link>
    ),
  },
  {
    id: "model",
    name: "Model",
    value: ({ provider, model }) => [provider, model].filter(Boolean).join("/"),
    width: 220,
  },
  { id: "from", name: "From", value: ({ valid_from }) => String(valid_from ?? ""), width: 120 },
  {
    id: "rates",
    name: "USD per million tokens",
    value: ({ per_million_tokens }) => JSON.stringify(per_million_tokens ?? {}),
    cell: ({ per_million_tokens }) => (
      <Name>
        {Object.entries((per_million_tokens as Document) ?? {})
          .map(([name, rate]) => `${name.replaceAll("_", " ")} ${String(rate)}`)
          .join(", ")}
      </Name>
    ),
  },
];

interface Unused {
  id: string;
  label: string;
  team: string;
  models: string[];
  unused: string[];
  lastUsed: string | undefined;
}

/** Keys that name models which they did not use in the span, and keys that were not used at all. */
function UnusedGrants() {
  const { tz, ...question } = useQuestion();
  const keys = api.useQuery("get", "/api/v1/keys", {});
  const used = api.useQuery("get", "/api/v1/explore", {
    params: { query: { ...question, tz, by: "key,model", grain: "none", measure: "calls", top: 200 } },
  });
  const use = api.useQuery("get", "/api/v1/keys/use", {});
  const rows = useMemo((): Unused[] => {
    const pairs = new Map<string, Set<string>>();
    for (const { key } of used.data?.series ?? []) {
      if (!key.key) continue;
      pairs.set(key.key, (pairs.get(key.key) ?? new Set()).add(key.model ?? ""));
    }
    const last = new Map(use.data?.keys.map(({ id, last_used_at }) => [id, last_used_at]));
    return (keys.data?.keys ?? [])
      .filter(({ status }) => status === "live")
      .map(({ id, label, team, models }) => {
        const called = [...(pairs.get(id) ?? [])];
        const unused = models.filter((pattern) => !called.some((model) => fits(pattern, model)));
        return { id, label, team, models, unused, lastUsed: last.get(id) };
      })
      .filter(({ id, unused }) => unused.length > 0 || !pairs.has(id));
  }, [keys.data, used.data, use.data]);
  return (
    <Card title="Unused grants" note="live keys that may use what they did not use in this span" flush>
      <Loaded query={keys} skeleton={<SkeletonRows rows={4} />} what="Unused grants">
        {() =>
          rows.length ? (
            <DataTable
              label="Unused grants"
              rows={rows}
              columns={UNUSED}
              rowKey={({ id }) => id}
              height={360}
            />
          ) : (
            <Empty title="Every live key used all that it may" />
          )
        }
      </Loaded>
    </Card>
  );
}

/** Whether a model fits a pattern with * and ?. */
export function fits(pattern: string, model: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(model);
}

const UNUSED: Column<Unused>[] = [
  { id: "label", name: "Key", value: ({ label, id }) => label || id },
  { id: "team", name: "Team", value: ({ team }) => team, width: 130 },
  { id: "models", name: "May use", value: ({ models }) => models.join(", ") || "all", width: 220 },
  { id: "unused", name: "Did not use", value: ({ unused }) => unused.join(", ") || "any", width: 220 },
  {
    id: "last",
    name: "Last used",
    value: ({ lastUsed }) => lastUsed,
    width: 140,
    cell: ({ lastUsed }) => (lastUsed ? <Instant at={lastUsed} /> : <span className="dim">never</span>),
  },
];
