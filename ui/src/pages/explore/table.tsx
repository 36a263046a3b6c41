/** The figures behind a chart of Explore: a row for each group, the rest, and totals that add up. */

import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Card } from "~/components/page";
import { Delta } from "~/components/stat";
import { Empty } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Count, Percent, Value } from "~/components/values";
import { count } from "~/format/format";
import { type Answer, filtersOf, nameOf, type Row, shareOf } from "./answer";
import { type Label, useLabels } from "./labels";
import { MEASURES, type MeasureName } from "./state";

export function ExploreTable({ answer }: { answer: Answer }) {
  const label = useLabels(answer.by);
  const columns = useMemo(() => columnsOf(answer, label), [answer, label]);
  if (!answer.series.length) {
    return (
      <Card>
        <Empty title="No calls in this span">Choose a longer span, or fewer filters.</Empty>
      </Card>
    );
  }
  return (
    <Card
      title="Figures"
      note={answer.adds_up ? "rows add up to the total" : "shares and percentiles do not add up"}
      flush
    >
      <DataTable
        label="Figures"
        rows={answer.series}
        columns={columns}
        rowKey={(row) => (row.is_rest ? "rest" : JSON.stringify(row.key))}
        note={`${count(answer.groups)} groups`}
        height={480}
      />
    </Card>
  );
}

/** "Use case", "cost-centre". */
function headOf(name: string): string {
  const words = name.replace(/^tag:/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function columnsOf(answer: Answer, label: Label): Column<Row>[] {
  const { unit, by, adds_up, compare, total } = answer;
  const isMoney = unit === "usd";
  const names: Column<Row>[] = by.map((dimension, place) => ({
    id: dimension,
    name: headOf(dimension),
    value: (row) =>
      row.is_rest ? (place === 0 ? nameOf(row, label) : "") : label(dimension, row.key[dimension] ?? ""),
    cell: (row) =>
      row.is_rest ? (
        place === 0 && <span className="dim">{nameOf(row, label)}</span>
      ) : (
        <Link
          className="cut plain"
          to="/calls"
          search={(before) => ({ ...before, filter: filtersOf(row) }) as never}
          title={`${row.key[dimension]}: its calls`}
        >
          {label(dimension, row.key[dimension] ?? "") || "(none)"}
        </Link>
      ),
    total: place === 0 ? "Total" : undefined,
  }));
  const all: Column<Row> = { id: "all", name: "Calls of", value: () => "all", total: "Total" };
  return [
    ...(names.length ? names : [all]),
    {
      id: "value",
      name: MEASURES[answer.measure as MeasureName] ?? headOf(answer.measure),
      title: unit,
      kind: isMoney ? "money" : "number",
      width: 150,
      value: ({ total: value }) => (isMoney ? value : value === null ? null : Number(value)),
      cell: ({ total: value }) => <Value value={value} unit={unit} />,
      total: <Value value={total.total} unit={unit} />,
    },
    ...(adds_up
      ? [
          {
            id: "share",
            name: "Share",
            kind: "number" as const,
            width: 90,
            value: (row: Row) => shareOf(row, answer),
            cell: (row: Row) => <Percent value={shareOf(row, answer)} />,
          },
        ]
      : []),
    {
      id: "calls",
      name: "Calls",
      kind: "number",
      width: 110,
      value: ({ calls }) => calls,
      cell: ({ calls }) => <Count value={calls} />,
      total: <Count value={total.calls} />,
    },
    ...(compare
      ? [
          {
            id: "before",
            name: "Before",
            kind: isMoney ? ("money" as const) : ("number" as const),
            width: 130,
            value: ({ before }: Row) => (isMoney ? before : before == null ? null : Number(before)),
            cell: ({ before }: Row) => <Value value={before} unit={unit} />,
            total: <Value value={total.before} unit={unit} />,
          },
          {
            id: "change",
            name: "Change",
            width: 220,
            sortable: false,
            value: () => null,
            cell: ({ total: now, before }: Row) => <Change now={now} before={before} />,
            total: <Change now={total.total} before={total.before} />,
          },
        ]
      : []),
  ];
}

function Change({ now, before }: { now: Row["total"]; before: Row["before"] }) {
  if (now == null || before == null) return <span className="dim">–</span>;
  return <Delta now={now} before={before} than="before" />;
}
