/** One measure of the models that are called most, over time: each a line. */

import { type ReactNode, useMemo } from "react";
import { api } from "~/api/client";
import { TimeSeriesChart } from "~/charts/timeseries";
import { colours } from "~/colours/colours";
import type { Unit } from "~/format/format";
import type { byModelOf } from "./asked";

interface ByModelProps {
  title: string;
  asked: ReturnType<typeof byModelOf>;
  /** Until the answer says it. */
  unit: Unit;
  controls?: ReactNode;
}

export function ByModel({ title, asked, unit, controls }: ByModelProps) {
  const { data, error, refetch } = api.useQuery("get", ...asked);
  const { grain, tz } = asked[1].params.query;
  const series = useMemo(() => {
    const shown = (data?.series ?? []).filter(({ is_rest }) => !is_rest);
    const names = shown.map(({ key }) => key.model ?? "");
    const colour = colours("model", names);
    return shown.map(({ values }, place) => {
      const name = names[place] ?? "";
      return { name, values, colour: colour(name) };
    });
  }, [data]);
  return (
    <TimeSeriesChart
      title={title}
      unit={data?.unit ?? unit}
      kind="lines"
      grain={data?.grain ?? grain}
      zone={tz}
      periods={data?.periods ?? []}
      series={series}
      height={240}
      loading={data === undefined && !error}
      error={error}
      onRetry={refetch}
      note={
        data && data.groups > series.length
          ? `the ${series.length} of ${data.groups} that are called most`
          : undefined
      }
      controls={controls}
    />
  );
}
