/** How models answer: calls, errors, latency, first token, and what a call costs for that. */

import { SegmentedControl } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { type Dot, Scatter } from "~/charts/scatter";
import { colours } from "~/colours/colours";
import { Later } from "~/components/later";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Count, Duration, Money, Percent, Value } from "~/components/values";
import { perCall } from "~/format/percall";
import { ByModel } from "~/pages/bymodel";
import { byModelOf } from "~/pages/bymodel/asked";
import { useQuestion, useSpan, useUrlState } from "~/state/hooks";
import { useNow } from "~/state/now";
import { integer, oneOf, text } from "~/state/url";
import { usedByProvider } from "./asked";

type Figures = components["schemas"]["Figures"];
type Row = Figures & { provider: string; model: string };

const TRENDS = {
  latency_p95: { name: "Latency p95", unit: "ms" },
  first_token_p50: { name: "First token p50", unit: "ms" },
  error_rate: { name: "Errors", unit: "ratio" },
  calls: { name: "Calls", unit: "calls" },
} as const;
type TrendName = keyof typeof TRENDS;
const TREND_NAMES = Object.keys(TRENDS) as TrendName[];

const STATE = {
  sort: text("cost"),
  desc: integer(1, 0, 1),
  trend: oneOf(TREND_NAMES, "latency_p95"),
};

const X = { name: "Latency p50", unit: "ms", log: true } as const;
const Y = { name: "Cost per call", unit: "usd_per_call", log: true } as const;

export default function Inference() {
  const question = useQuestion();
  const span = useSpan();
  const query = api.useQuery("get", ...usedByProvider(question));
  const rows = useMemo(() => (query.data?.rows ?? []) as unknown as Row[], [query.data]);
  const dots = useDots(rows);
  const navigate = useNavigate();
  const open = (row: { provider: string; model: string }) =>
    void navigate({
      to: "/calls",
      search: (before) => ({
        ...before,
        filter: [...question.filter, `provider:${row.provider}`, `model:${row.model}`],
      }),
    });
  return (
    <Page title="Inference" subtitle={`${span.name}, ${span.days}: calls by provider and model`}>
      <Scatter
        title="Cost against latency"
        x={X}
        y={Y}
        sizeName="Calls"
        dots={dots}
        height={340}
        loading={query.isPending}
        error={query.error}
        onRetry={query.refetch}
        onDot={({ name }) => {
          const row = rows.find((each) => dotName(each) === name);
          if (row) open(row);
        }}
      />
      <Card title="Models" note="latency within 4.8 % of the true value" flush>
        <Loaded query={query} skeleton={<SkeletonRows rows={10} />} what="Models">
          {({ total }) =>
            rows.length ? (
              <Table rows={rows} total={total} onOpen={open} />
            ) : (
              <Empty title="No calls in this span">Choose a longer span, or fewer filters.</Empty>
            )
          }
        </Loaded>
      </Card>
      <Later height={310}>
        <Trend />
      </Later>
    </Page>
  );
}

/** How the models that are called most did over time. */
function Trend() {
  const question = useQuestion();
  const now = useNow(60_000);
  const [{ trend }, set] = useUrlState(STATE);
  const { name, unit } = TRENDS[trend];
  return (
    <ByModel
      title={`${name} over time, by model`}
      unit={unit}
      asked={byModelOf(question, trend, now)}
      controls={
        <SegmentedControl
          aria-label="Measure over time"
          size="xs"
          value={trend}
          onChange={(value) => set({ trend: value as TrendName })}
          data={TREND_NAMES.map((value) => ({ value, label: TRENDS[value].name }))}
        />
      }
    />
  );
}

function dotName({ provider, model }: Row): string {
  return `${model} (${provider})`;
}

function useDots(rows: readonly Row[]): Dot[] {
  return useMemo(() => {
    const colour = colours(
      "provider",
      rows.map(({ provider }) => provider),
    );
    return rows.map((row) => ({
      name: dotName(row),
      label: row.model,
      x: row.latency_ms?.p50,
      y: perCall(row),
      size: row.calls,
      colour: colour(row.provider),
    }));
  }, [rows]);
}

interface TableProps {
  rows: readonly Row[];
  total: Figures;
  onOpen: (row: Row) => void;
}

function Table({ rows, total, onOpen }: TableProps) {
  const [{ sort, desc }, set] = useUrlState(STATE);
  const columns = useMemo(() => columnsOf(total), [total]);
  return (
    <DataTable
      label="Models"
      rows={rows}
      columns={columns}
      rowKey={dotName}
      onOpen={onOpen}
      sort={{ id: sort, desc: desc === 1 }}
      onSort={(next) => set({ sort: next?.id ?? "cost", desc: next && !next.desc ? 0 : 1 })}
    />
  );
}

function columnsOf(total: Figures): Column<Row>[] {
  const errors = ({ errors, calls }: Figures) => (calls ? errors / calls : null);
  return [
    { id: "model", name: "Model", value: ({ model }) => model, total: "Total" },
    { id: "provider", narrow: false, name: "Provider", value: ({ provider }) => provider, width: 110 },
    {
      id: "calls",
      name: "Calls",
      kind: "number",
      width: 100,
      value: ({ calls }) => calls,
      total: <Count value={total.calls} />,
    },
    {
      id: "errors",
      name: "Errors",
      title: "Share of calls that the provider answered with an error, or not at all",
      kind: "number",
      width: 90,
      value: errors,
      cell: (row) => <Percent value={errors(row)} title={`${row.errors} of ${row.calls} calls`} />,
      total: <Percent value={errors(total)} title={`${total.errors} of ${total.calls} calls`} />,
    },
    ...(["p50", "p95", "p99"] as const).map(
      (part): Column<Row> => ({
        id: `latency_${part}`,
        name: part,
        title: `Latency: of ${part.slice(1)} % of the calls it is at most this`,
        kind: "number",
        width: 84,
        value: ({ latency_ms }) => latency_ms?.[part],
        cell: ({ latency_ms }) => <Duration ms={latency_ms?.[part]} />,
        total: <Duration ms={total.latency_ms?.[part]} />,
      }),
    ),
    {
      id: "first_token",
      narrow: false,
      name: "First token",
      title: "p50 of streamed replies",
      kind: "number",
      width: 110,
      value: ({ first_token_ms }) => first_token_ms?.p50,
      cell: ({ first_token_ms }) => <Duration ms={first_token_ms?.p50} />,
      total: <Duration ms={total.first_token_ms?.p50} />,
    },
    {
      id: "per_call",
      name: "Per call",
      title: "Cost of a call that has a price, in USD",
      kind: "money",
      width: 110,
      value: perCall,
      cell: (row) => <Value value={perCall(row)} unit="usd_per_call" />,
      total: <Value value={perCall(total)} unit="usd_per_call" />,
    },
    {
      id: "cost",
      name: "Cost",
      title: "USD",
      kind: "money",
      width: 110,
      value: ({ cost_usd }) => cost_usd,
      cell: ({ cost_usd }) => <Money value={cost_usd} />,
      total: <Money value={total.cost_usd} />,
    },
  ];
}
