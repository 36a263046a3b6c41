/** Explore: any measure by any two dimensions, over time, compared, as a chart or a table; all of it in the URL. */

import { Button, Menu, SegmentedControl, Select } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "~/api/client";
import { IconDownload } from "~/app/icons";
import { HeatMap } from "~/charts/heatmap";
import { TimeSeriesChart } from "~/charts/timeseries";
import { TreeMapChart } from "~/charts/treemap";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, ProblemView, SkeletonBox } from "~/components/states";
import type { Quantity } from "~/format/format";
import { knownOf } from "~/format/known";
import { instant } from "~/format/zone";
import { useQuestion, useShared, useSpan, useUrlState } from "~/state/hooks";
import { useNow } from "~/state/now";
import { stringifySearch } from "~/state/url";
import { type Answer, coloursOf, drawnOf, filtersOf, nameOf, shareOf } from "./answer";
import { exploreOf, TAGS } from "./asked";
import { type Label, useLabels } from "./labels";
import {
  DIMENSIONS,
  EXPLORE,
  type ExploreState,
  MEASURES,
  type MeasureName,
  VIEW_NAMES,
  VIEWS,
} from "./state";
import { ExploreTable } from "./table";
import { SavedViews } from "./views";

const HEIGHT = 380;

export default function Explore() {
  const [state, set] = useUrlState(EXPLORE);
  const span = useSpan();
  const question = useQuestion();
  const now = useNow(60_000);
  const asked = exploreOf(state, question, span, now);
  const query = api.useQuery("get", ...asked);
  return (
    <Page
      title="Explore"
      subtitle={`${MEASURES[state.measure]}, ${span.name.toLowerCase()}: ${span.days}${againstOf(query.data, question.tz)}`}
      actions={
        <>
          <SavedViews page="explore" />
          <Export asked={asked[1].params.query} />
        </>
      }
    >
      <Controls state={state} set={set} />
      {query.data === undefined && query.error ? (
        <ProblemView error={query.error} onRetry={query.refetch} what="Explore" />
      ) : (
        <>
          {state.view !== "table" && <Chart answer={query.data} state={state} zone={question.tz} />}
          <Loaded query={query} skeleton={<SkeletonBox height={360} />} what="Explore">
            {(answer) => <ExploreTable answer={answer} />}
          </Loaded>
        </>
      )}
    </Page>
  );
}

/** ", against 18 Nov, 00:00 – 24 Nov, 13:20": what the span is compared with. */
function againstOf(answer: Answer | undefined, zone: string): string {
  if (!answer?.compare) return "";
  const [from, to] = [answer.compare.from, answer.compare.to].map((at) => instant(at, zone, "minute"));
  return `, against ${from} – ${to}${knownOf(answer.compare.known_since, answer.compare.to, zone)}`;
}

interface ControlsProps {
  state: ExploreState;
  set: (change: Partial<ExploreState>) => void;
}

function Controls({ state, set }: ControlsProps) {
  const dimensions = (chosen: string) => [
    { value: "", label: "nothing" },
    ...DIMENSIONS.map((name) => ({ value: name, label: name.replaceAll("_", " ") })),
    ...(chosen.startsWith("tag:") ? [{ value: chosen, label: chosen }] : []),
  ];
  const pick = (name: "by" | "second") => ({
    data: dimensions(state[name]),
    value: state[name],
    onChange: (value: string | null) => set({ [name]: value ?? "" }),
    searchable: true,
    w: 160,
  });
  return (
    <div className="row" role="group" aria-label="What is shown">
      <Select
        label="Measure"
        data={Object.entries(MEASURES).map(([value, label]) => ({ value, label }))}
        value={state.measure}
        onChange={(value) => set({ measure: (value ?? "cost") as MeasureName })}
        allowDeselect={false}
        searchable
        w={210}
      />
      <Select label="By" {...pick("by")} />
      <Select label="Then by" {...pick("second")} />
      <TagInput state={state} set={set} />
      <Select
        label="Periods"
        data={[
          { value: "auto", label: "automatic" },
          { value: "hour", label: "hours" },
          { value: "day", label: "days" },
          { value: "week", label: "weeks" },
          { value: "month", label: "months" },
        ]}
        value={state.grain}
        onChange={(value) => set({ grain: (value ?? "auto") as ExploreState["grain"] })}
        allowDeselect={false}
        w={120}
      />
      <Select
        label="Compare with"
        data={[
          { value: "none", label: "nothing" },
          { value: "previous", label: "the time before" },
          { value: "week", label: "the same weekdays" },
          { value: "year", label: "a year before" },
        ]}
        value={state.compare}
        onChange={(value) => set({ compare: (value ?? "none") as ExploreState["compare"] })}
        allowDeselect={false}
        w={170}
      />
      <Select
        label="Groups"
        data={[...new Set(["8", "20", "50", String(state.top)])]}
        value={String(state.top)}
        onChange={(value) => set({ top: Number(value ?? 8) })}
        allowDeselect={false}
        w={80}
      />
      <div style={{ alignSelf: "flex-end" }}>
        <SegmentedControl
          aria-label="Shown as"
          value={state.view}
          onChange={(value) => set({ view: value as ExploreState["view"] })}
          data={VIEWS.map((value) => ({ value, label: VIEW_NAMES[value] }))}
        />
      </div>
    </div>
  );
}

/** A tag of one's own as the first dimension. */
function TagInput({ state, set }: ControlsProps) {
  const tags = api.useQuery("get", ...TAGS);
  const names = tags.data?.tags ?? [];
  return (
    <Select
      label="By tag"
      disabled={!names.length}
      placeholder={names.length ? "" : "none"}
      data={names.map((name) => ({ value: `tag:${name}`, label: name }))}
      value={state.by.startsWith("tag:") ? state.by : null}
      onChange={(value) => set({ by: value ?? "team" })}
      clearable
      searchable
      w={140}
    />
  );
}

function Export({ asked }: { asked: Record<string, unknown> }) {
  const { top: _, compare: __, ...question } = asked;
  const link = (format: string) => `/api/v1/explore/export${stringifySearch({ ...question, format })}`;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={15} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={link("csv")} download>
          CSV
        </Menu.Item>
        <Menu.Item component="a" href={link("parquet")} download>
          Parquet
        </Menu.Item>
        <Menu.Label>A chart as PNG: the arrow at the chart</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}

interface ChartProps {
  answer: Answer | undefined;
  state: ExploreState;
  zone: string;
}

const NO_TEXTS: readonly string[] = [];

function Chart({ answer, state, zone }: ChartProps) {
  const navigate = useNavigate();
  const [{ filter }] = useShared();
  const title = MEASURES[state.measure];
  const drill = (place: number, period?: number) => {
    const row = drawn[place];
    if (!answer || !row || row.is_rest) return;
    const filters = [...new Set([...filter, ...filtersOf(row)])];
    if (period === undefined) {
      void navigate({ to: ".", search: (before) => ({ ...before, filter: filters }), resetScroll: false });
      return;
    }
    const [from, to] = [answer.periods[period], answer.periods_end[period]];
    if (!from || !to) return;
    const utc = (text: string) => new Date(text).toISOString().replace(".000Z", "Z");
    void navigate({
      to: "/calls",
      search: { span: "custom", from: utc(from), to: utc(to), filter: filters },
    });
  };
  const label = useLabels(answer?.by ?? NO_TEXTS);
  const drawn = useMemo(() => (answer ? drawnOf(answer) : []), [answer]);
  const series = useMemo(() => {
    if (!answer) return [];
    const colour = coloursOf(answer);
    return drawn.map((row) => ({
      name: nameOf(row, label),
      values: row.values,
      colour: colour(row),
      hatched: row.is_rest,
    }));
  }, [answer, drawn, label]);
  const areas = useMemo(() => (answer ? areasOf(answer, label) : []), [answer, label]);
  const compare = useMemo(() => beforeOf(answer, state), [answer, state]);
  const common = { title, height: HEIGHT, loading: answer === undefined };
  const unit = answer?.unit ?? "usd";
  if (state.view === "heat") {
    const note = answer?.adds_up
      ? "summed over the span, which may have more of one weekday than of another"
      : undefined;
    return (
      <HeatMap
        {...common}
        note={note}
        unit={unit}
        values={answer?.total.values ?? (NO_TEXTS as Quantity[])}
      />
    );
  }
  if (state.view === "tree" && answer && !answer.adds_up) {
    return (
      <Card title={title}>
        <Empty title="An area is a share of a whole">
          {title} does not add up to one: choose cost, calls or tokens, or look at it as bars or lines.
        </Empty>
      </Card>
    );
  }
  if (state.view === "tree") {
    return <TreeMapChart {...common} unit={unit} areas={areas} />;
  }
  return (
    <TimeSeriesChart
      {...common}
      unit={unit}
      kind={answer?.adds_up && state.view === "bars" ? "bars" : "lines"}
      grain={(answer?.grain ?? "day") as never}
      zone={zone}
      periods={answer?.periods ?? NO_TEXTS}
      series={series}
      {...(answer?.adds_up ? { total: answer.total.values } : {})}
      {...(compare ? { compare } : {})}
      onPoint={(place, period) => drill(place, period)}
      onSeries={(place) => drill(place)}
    />
  );
}

/** The span before as a line: of the whole, where what is drawn adds up to it, or is not split. */
function beforeOf(answer: Answer | undefined, { view }: ExploreState) {
  const values = answer?.total.before_values;
  if (!answer || !values) return undefined;
  const isWhole = (answer.adds_up && view === "bars") || answer.series.length < 2 || !answer.adds_up;
  return isWhole ? { name: "all, the time before", values } : undefined;
}

function areasOf(answer: Answer, label: Label) {
  const colour = coloursOf(answer);
  return answer.series.map((row) => ({
    name: nameOf(row, label),
    value: row.total,
    share: shareOf(row, answer),
    colour: colour(row),
    hatched: row.is_rest,
  }));
}
