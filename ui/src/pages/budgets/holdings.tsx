/** Who has what of a budget: leases of gateway workers, and the calls in flight that hold it, one by one. */

import { useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Empty } from "~/components/states";
import type { Column } from "~/components/table";
import { TableCard } from "~/components/tablecard";
import { Ago, Instant } from "~/components/values";
import { amount, type BudgetUnit } from "./amounts";

type Worker = components["schemas"]["WorkerHolding"];
type Held = components["schemas"]["CallHold"] & { worker: string };

export function Holdings({ budget, value }: { budget: string; value: string }) {
  const query = api.useQuery(
    "get",
    "/api/v1/budgets/{name}/holdings",
    { params: { path: { name: budget }, query: { value } } },
    { refetchInterval: 2_000 },
  );
  const unit = query.data?.unit ?? "usd";
  const workers = useMemo(() => workerColumns(unit), [unit]);
  const holds = useMemo(() => holdColumns(unit), [unit]);
  const calls = useMemo(
    () =>
      (query.data?.workers ?? []).flatMap(({ worker, calls }) => calls.map((call) => ({ ...call, worker }))),
    [query.data],
  );
  return (
    <>
      <TableCard
        title="Leases"
        note="what each worker may spend without asking"
        query={query}
        rows={(data) => data.workers}
        columns={workers}
        rowKey={({ worker }) => worker}
        expected={3}
        empty={<Empty title="Nothing is lent">A worker takes a part when a call needs it.</Empty>}
      />
      <TableCard
        title="Open holds"
        note="calls in flight for a second or longer"
        query={query}
        rows={() => calls}
        columns={holds}
        rowKey={({ call_id }) => call_id}
        expected={3}
        empty={
          <Empty title="No call lasts that long now">
            What shorter calls hold is in the sum beside the worker.
          </Empty>
        }
      />
    </>
  );
}

/** An amount in the budget's unit, whole in its title. */
function amountColumn<T>(id: keyof T & string, name: string, width: number, unit: BudgetUnit): Column<T> {
  return {
    id,
    name,
    kind: "number",
    width,
    value: (row) => Number(row[id]),
    cell: (row) => (
      <span className="num" title={`${row[id]} ${unit}`}>
        {amount(String(row[id]), unit)}
      </span>
    ),
  };
}

function workerColumns(unit: BudgetUnit): Column<Worker>[] {
  return [
    {
      id: "worker",
      name: "Worker",
      value: ({ worker }) => worker,
      cell: ({ worker, silent }) => (
        <span className="cut" title={worker}>
          {silent ? "silent: " : ""}
          {worker}
        </span>
      ),
    },
    amountColumn("leased", "Leased", 92, unit),
    amountColumn("held", "Held", 84, unit),
    amountColumn("held_by_others", "Briefly", 92, unit),
    {
      id: "heard",
      name: "Heard",
      value: ({ heard_at }) => heard_at,
      width: 84,
      cell: ({ heard_at }) => <Ago at={heard_at} />,
    },
  ];
}

function holdColumns(unit: BudgetUnit): Column<Held>[] {
  return [
    {
      id: "call",
      name: "Call",
      value: ({ call_id }) => call_id,
      cell: ({ call_id }) => (
        <span className="cut" title={call_id}>
          {call_id}
        </span>
      ),
    },
    amountColumn("amount", "Held", 110, unit),
    {
      id: "since",
      name: "Since",
      value: ({ since }) => since,
      width: 100,
      cell: ({ since }) => <Ago at={since} />,
    },
    {
      id: "expires",
      name: "Free at the latest",
      value: ({ expires_at }) => expires_at,
      width: 150,
      cell: ({ expires_at }) => <Instant at={expires_at} />,
    },
  ];
}
