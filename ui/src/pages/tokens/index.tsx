/** Tokens: which classes, what caches served and saved, what was allowed in vain, which prompts come again. */

import { type CSSProperties, useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { BarList } from "~/charts/barlist";
import { colours } from "~/colours/colours";
import { Later } from "~/components/later";
import { Card, Page } from "~/components/page";
import { Stat } from "~/components/stat";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Tokens as Amount, Money, Percent } from "~/components/values";
import { ByModel } from "~/pages/bymodel";
import { useQuestion, useSpan } from "~/state/hooks";
import { useNow } from "~/state/now";
import { hitRateOf, usedByModel } from "./asked";

type Figures = components["schemas"]["Figures"];
type Row = Figures & { model: string };

import { Beginnings, Caching, LongestPrompts, OutputLimits, Saved } from "./economy";

const STATS = { "--least": "12rem" } as CSSProperties;
const SIDE = { "--least": "22rem" } as CSSProperties;

function cacheRead({ tokens }: Figures): number {
  return tokens.cache_read + tokens.cache_read_audio + tokens.cache_read_image + tokens.cache_read_video;
}

function hitRate(figures: Figures): number | null {
  return figures.tokens.input_total ? cacheRead(figures) / figures.tokens.input_total : null;
}

export default function Tokens() {
  const span = useSpan();
  const question = useQuestion();
  const now = useNow(60_000);
  const query = api.useQuery("get", ...usedByModel(question));
  const rows = useMemo(() => (query.data?.rows ?? []) as unknown as Row[], [query.data]);
  const total = query.data?.total;
  return (
    <Page title="Tokens" subtitle={`${span.name}, ${span.days}`}>
      <div className="cells" style={STATS}>
        <Stat
          label="Input"
          value={total && <Amount value={total.tokens.input_total} />}
          note="cached ones included"
        />
        <Stat
          label="Output"
          value={total && <Amount value={total.tokens.output_total} />}
          note="reasoning included"
        />
        <Stat
          label="From a cache"
          value={total && <Percent value={hitRate(total)} />}
          note={total && <Amount value={cacheRead(total)} />}
        />
        <Saved />
        <Stat
          label="Reasoning"
          value={
            total && (
              <Percent
                value={total.tokens.output_total ? total.tokens.reasoning / total.tokens.output_total : null}
              />
            )
          }
          note="of the output"
        />
      </div>
      <ByModel
        title="Share of input tokens from a cache, by model"
        unit="ratio"
        asked={hitRateOf(question, now)}
      />
      <div className="cells" style={SIDE}>
        <Card title="Classes" note="they do not overlap">
          <Loaded query={query} skeleton={<SkeletonRows rows={8} height={30} />} what="Classes">
            {(data) => <Classes figures={data.total} />}
          </Loaded>
        </Card>
        <Caching />
      </div>
      <Later height={1200}>
        <OutputLimits />
        <LongestPrompts />
        <Beginnings />
      </Later>
      <Card title="Models" flush>
        <Loaded query={query} skeleton={<SkeletonRows rows={8} />} what="Models">
          {() =>
            rows.length ? (
              <DataTable
                label="Tokens by model"
                rows={rows}
                columns={COLUMNS}
                rowKey={({ model }) => model}
              />
            ) : (
              <Empty title="No calls in this span">Choose a longer one.</Empty>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}

function Classes({ figures }: { figures: Figures }) {
  const { input_total, output_total, ...classes } = figures.tokens;
  const whole = input_total + output_total;
  const shown = Object.entries(classes)
    .filter(([, value]) => value > 0)
    .sort(([, a], [, b]) => b - a);
  const colour = colours(
    "class",
    shown.map(([name]) => name),
  );
  if (!shown.length) return <Empty title="No tokens" />;
  return (
    <BarList
      unit="tokens"
      items={shown.map(([name, value]) => ({
        name:
          name === "input"
            ? "uncached input"
            : name === "output"
              ? "visible output"
              : name.replaceAll("_", " "),
        value,
        share: whole ? value / whole : null,
        colour: colour(name),
      }))}
    />
  );
}

const COLUMNS: Column<Row>[] = [
  { id: "model", name: "Model", value: ({ model }) => model },
  {
    id: "input",
    name: "Input",
    kind: "number",
    width: 110,
    value: ({ tokens }) => tokens.input_total,
    cell: ({ tokens }) => <Amount value={tokens.input_total} />,
  },
  {
    id: "hit",
    name: "From a cache",
    kind: "number",
    width: 120,
    value: hitRate,
    cell: (row) => <Percent value={hitRate(row)} />,
  },
  {
    id: "output",
    name: "Output",
    kind: "number",
    width: 110,
    value: ({ tokens }) => tokens.output_total,
    cell: ({ tokens }) => <Amount value={tokens.output_total} />,
  },
  {
    id: "reasoning",
    name: "Reasoning",
    kind: "number",
    width: 110,
    value: ({ tokens }) => tokens.reasoning,
    cell: ({ tokens }) => <Amount value={tokens.reasoning} />,
  },
  {
    id: "per",
    name: "Input per call",
    kind: "number",
    width: 120,
    value: ({ tokens, calls }) => (calls ? tokens.input_total / calls : null),
    cell: ({ tokens, calls }) => <Amount value={calls ? Math.round(tokens.input_total / calls) : null} />,
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
