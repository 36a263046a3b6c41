/** Models: who uses which, their share, prices in force with their history, and keys that may use what they do not. */

import { Select } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Count, Instant, Money, Name, Percent } from "~/components/values";
import { compare, decimal, pico, ratio } from "~/format/exact";
import { count } from "~/format/format";
import { perCall } from "~/format/percall";
import { usePermissions } from "~/session/me";
import { useQuestion, useSpan, useUrlState } from "~/state/hooks";
import { text } from "~/state/url";
import { OWN_PRICES, usedByModel } from "./asked";

type Figures = components["schemas"]["Figures"];
type Row = Figures & { model: string; provider: string };
type Document = Record<string, unknown>;

export default function Models() {
  const span = useSpan();
  const may = usePermissions();
  return (
    <Page title="Models" subtitle={`${span.name}, ${span.days}`}>
      <Use />
      <PriceHistory />
      <Prices />
      {may("keys.read") && <UnusedGrants />}
    </Page>
  );
}

function Use() {
  const query = api.useQuery("get", ...usedByModel(useQuestion()));
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

const STATE = { price: text() };

/** What a model in use costs and did cost, by own documents or the public catalogue. */
function PriceHistory() {
  const [{ price }, set] = useUrlState(STATE);
  const used = api.useQuery("get", ...usedByModel(useQuestion()));
  const pairs = useMemo(
    () =>
      ((used.data?.rows ?? []) as unknown as Row[])
        .filter(({ provider }) => provider !== "unknown")
        .sort((a, b) => compare(b.cost_usd, a.cost_usd))
        .map(({ model, provider }) => `${provider}/${model}`),
    [used.data],
  );
  const chosen = price || pairs[0] || "";
  const [provider = "", ...rest] = chosen.split("/");
  const model = rest.join("/");
  const query = api.useQuery(
    "get",
    "/api/v1/prices",
    { params: { query: { provider, model } } },
    { enabled: model !== "" },
  );
  return (
    <Card
      title="Price history"
      note={
        <Select
          aria-label="Model"
          size="xs"
          w={280}
          searchable
          allowDeselect={false}
          data={[...new Set([...pairs, ...(price ? [price] : [])])]}
          value={chosen || null}
          onChange={(next) => set({ price: next ?? "" })}
        />
      }
      flush
    >
      {chosen ? (
        <Loaded query={query} skeleton={<SkeletonRows rows={4} />} what="The price history">
          {({ versions }) => (
            <DataTable
              label="Price history"
              rows={versions}
              columns={VERSIONS}
              rowKey={({ valid_from }) => valid_from ?? "ever"}
              note="USD per million tokens, standard calls; a call is rated at the price of its own time"
              height={320}
            />
          )}
        </Loaded>
      ) : (
        <Empty title="No model was used in this span">Choose a longer one.</Empty>
      )}
    </Card>
  );
}

type Version = components["schemas"]["PriceVersion"];

/** USD for a million tokens of a class, whatever number of them the rate is for. */
function perMillion({ rates }: Version, usage_class: string): string | null {
  const rate = rates.find((each) => each.usage_class === usage_class && each.input_over === null);
  return rate ? decimal((pico(rate.usd) * 1_000_000n) / BigInt(rate.per)) : null;
}

function rateColumn(id: string, name: string): Column<Version> {
  return {
    id,
    name,
    kind: "money",
    width: 120,
    value: (row) => perMillion(row, id),
    cell: (row) => <span className="num">{perMillion(row, id) ?? "–"}</span>,
  };
}

const VERSIONS: Column<Version>[] = [
  {
    id: "from",
    name: "From",
    value: ({ valid_from }) => valid_from ?? "",
    cell: ({ valid_from }) =>
      valid_from ? <Instant at={valid_from} shown="day" /> : <span className="dim">ever since</span>,
  },
  {
    id: "to",
    name: "Until",
    width: 130,
    value: ({ valid_to }) => valid_to ?? "9999",
    cell: ({ valid_to }) =>
      valid_to ? <Instant at={valid_to} shown="day" /> : <span className="dim">further notice</span>,
  },
  {
    id: "origin",
    name: "By",
    width: 150,
    value: ({ origin }) =>
      ({ own: "own document", public: "public catalogue", none: "no price" })[origin] ?? origin,
  },
  rateColumn("tokens_input", "Input"),
  rateColumn("tokens_cache_read", "Cache read"),
  rateColumn("tokens_cache_write_5m", "Cache write"),
  rateColumn("tokens_output", "Output"),
  {
    id: "bands",
    name: "Longer prompts",
    width: 150,
    value: ({ rates }) => Math.max(0, ...rates.map(({ input_over }) => input_over ?? 0)),
    cell: ({ rates }) => {
      const over = Math.min(...rates.flatMap(({ input_over }) => (input_over === null ? [] : [input_over])));
      return Number.isFinite(over) ? (
        <span>other rates over {count(over)}</span>
      ) : (
        <span className="dim">the same</span>
      );
    },
  },
];

/** The price documents of the estate; each is dated, and none is ever rewritten. */
function Prices() {
  const query = api.useQuery("get", ...OWN_PRICES);
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
    <Card
      title="Unused grants"
      note="live keys that name models which they did not use in this span, or were not used at all"
      flush
    >
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
