/** A budget over its period: spent against the limit, what is expected, and when that reaches it. */

import { useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Burndown } from "~/charts/burndown";
import { Instant } from "~/components/values";
import { useZone } from "~/state/hooks";
import { amount, type BudgetUnit } from "./amounts";

type Crossing = Pick<
  components["schemas"]["HeadingReply"],
  "is_reached" | "reached_at" | "crosses_at" | "may_cross_at"
>;
type Ahead = components["schemas"]["AheadReply"];

export function BudgetCourse({
  budget,
  value,
  rolling,
}: {
  budget: string;
  value: string;
  rolling: boolean;
}) {
  const zone = useZone();
  const { data, error, refetch } = api.useQuery(
    "get",
    "/api/v1/budgets/{name}/course",
    { params: { path: { name: budget }, query: { value } } },
    { refetchInterval: 30_000 },
  );
  const ahead = useMemo(
    () => (data?.ahead ?? []).map(({ at, low, expected, high }) => ({ at, low, expected, high })),
    [data],
  );
  return (
    <Burndown
      title={rolling ? "What the window holds, and will hold" : "Spent in this period, and expected"}
      unit={data?.unit ?? "usd"}
      zone={zone}
      begins={data?.begins_at ?? ""}
      ends={data?.ends_at ?? ""}
      points={data?.points ?? []}
      forecast={ahead}
      crossing={data?.crosses_at ?? null}
      height={300}
      note={
        data ? (
          <>
            <Reaches crossing={data} />
            {data.end && (
              <>
                {"; "}
                <Expected end={data.end} unit={data.unit} rolling={rolling} />
              </>
            )}
          </>
        ) : (
          ""
        )
      }
      loading={data === undefined && !error}
      error={error}
      onRetry={refetch}
    />
  );
}

/** When the limit is reached, in words. */
export function Reaches({ crossing }: { crossing: Crossing }) {
  if (crossing.is_reached) {
    return (
      <>
        The limit is reached
        {crossing.reached_at && (
          <>
            {" since "}
            <Instant at={crossing.reached_at} shown="day" />
          </>
        )}
      </>
    );
  }
  if (crossing.crosses_at) {
    return (
      <>
        Expected to reach its limit on <Instant at={crossing.crosses_at} shown="day" />
        {crossing.may_cross_at && crossing.may_cross_at !== crossing.crosses_at && (
          <>
            {", perhaps on "}
            <Instant at={crossing.may_cross_at} shown="day" />
          </>
        )}
      </>
    );
  }
  if (crossing.may_cross_at) {
    return (
      <>
        Expected to stay within its limit; at the high end it reaches it on{" "}
        <Instant at={crossing.may_cross_at} shown="day" />
      </>
    );
  }
  return <>Expected to stay within its limit</>;
}

function Expected({ end, unit, rolling }: { end: Ahead; unit: BudgetUnit; rolling: boolean }) {
  return (
    <>
      {rolling ? "at its highest about " : "by the end "}
      <span className="num" title={`${end.expected} ${unit}`}>
        {amount(end.expected, unit)}
      </span>
      {end.low !== null && end.high !== null && (
        <>
          {", four times of five between "}
          <span className="num">{amount(end.low, unit)}</span>
          {" and "}
          <span className="num">{amount(end.high, unit)}</span>
        </>
      )}
    </>
  );
}
