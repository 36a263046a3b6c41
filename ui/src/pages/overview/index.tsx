/** Overview: what is spent now, where it goes, why it moved, and what wants an answer. */

import { Link } from "@tanstack/react-router";
import { type CSSProperties, Fragment, useMemo, useState } from "react";
import { api } from "~/api/client";
import { type BarItem, BarList } from "~/charts/barlist";
import { TimeSeriesChart } from "~/charts/timeseries";
import { colours, REST_COLOUR } from "~/colours/colours";
import { Later } from "~/components/later";
import { Card, Page } from "~/components/page";
import { Delta, Stat } from "~/components/stat";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { Ago, Count, Instant, Money, Percent } from "~/components/values";
import { minus, ratio } from "~/format/exact";
import { count, money, moneyExact, percent } from "~/format/format";
import { startOfDay } from "~/format/zone";
import { useLive } from "~/live/live";
import { BUDGETS } from "~/pages/budgets/asked";
import { useMe, usePermissions } from "~/session/me";
import { useZone } from "~/state/hooks";
import { useNow } from "~/state/now";
import { dailyOf, forecastOf, iso, type Starts, startsOf, summaryOf } from "./asked";
import { BudgetsAtRisk } from "./atrisk";
import { Moved } from "./moved";
import classes from "./overview.module.css";

const SIDE = { "--least": "20rem" } as CSSProperties;
const STATS = { "--least": "10rem" } as CSSProperties;

/** Where this week and this month began, in the zone; they move on at midnight. */
function useStarts() {
  const zone = useZone();
  const now = useNow(60_000);
  const day = startOfDay(now, zone).getTime();
  return useMemo(() => startsOf(new Date(day), zone), [day, zone]);
}

function useSummary(tz: string) {
  return api.useQuery("get", ...summaryOf(tz), { refetchInterval: 30_000 });
}

type Summary = NonNullable<ReturnType<typeof useSummary>["data"]>;

export default function Overview() {
  const starts = useStarts();
  return (
    <Page title="Overview" subtitle={`All amounts in USD; days begin at midnight in ${starts.zone}`}>
      <Spend starts={starts} />
      <Daily starts={starts} />
      <div className="cells" style={SIDE}>
        {DIMENSIONS.map((dimension) => (
          <Split key={dimension} dimension={dimension} tz={starts.zone} />
        ))}
        <Lasting tz={starts.zone} />
      </div>
      <Later height={900}>
        <Moved from={starts.week} tz={starts.zone} />
        <div className="cells" style={SIDE}>
          <BudgetsAtRisk />
          <Quality from={starts.month} tz={starts.zone} />
          <Waiting />
        </div>
      </Later>
    </Page>
  );
}

function Spend({ starts }: { starts: Starts }) {
  const { data } = useSummary(starts.zone);
  return (
    <div className="cells" style={STATS}>
      <Spent label="Today" span={data?.spans.today} than="yesterday by this time" />
      <Spent label="This week" span={data?.spans.week} than="the same days last week" />
      <Spent label="Month to date" span={data?.spans.month} than="the same days last month" />
      <Forecast zone={starts.zone} />
      <Against />
      <Rate />
    </div>
  );
}

interface SpentProps {
  label: string;
  span: Summary["spans"][string] | undefined;
  than: string;
}

function Spent({ label, span, than }: SpentProps) {
  // What is known in part is nothing to compare with.
  const since = span?.before.known_since;
  return (
    <Stat
      label={label}
      value={span && <Money value={span.cost_usd} />}
      note={
        span &&
        (since ? (
          <span className="dim">
            calls are known since <Instant at={since} />
          </span>
        ) : (
          <Delta now={span.cost_usd} before={span.before.cost_usd} than={than} />
        ))
      }
    />
  );
}

/** What the month will have cost at its end. */
function Forecast({ zone }: { zone: string }) {
  const { data } = api.useQuery("get", ...forecastOf(zone), { refetchInterval: 60_000 });
  const expected = data?.forecast;
  return (
    <Stat
      label="Month-end forecast"
      value={
        data && (expected ? <Money value={expected.expected} /> : <span className="dim">too early</span>)
      }
      note={
        data &&
        (expected?.low != null && expected.high != null ? (
          <span title="Four times of five it will lie between these">
            between <Money value={expected.low} /> and <Money value={expected.high} />
          </span>
        ) : (
          "a range needs a few days of calls"
        ))
      }
    />
  );
}

/** How the budget for all calls stands, the largest if there are several; of who sees a part, the largest of that. */
function Against() {
  const { data } = api.useQuery("get", ...BUDGETS, { refetchInterval: 30_000 });
  const { data: me } = useMe();
  const isLimited = me?.sees_everything === false;
  const [found] = (data?.budgets ?? [])
    .filter(({ unit, scope, each }) => unit === "usd" && (isLimited || (scope === "all calls" && !each)))
    .flatMap((budget) => budget.accounts.map((account) => ({ budget, account })))
    .sort((a, b) => Number(b.account.limit) - Number(a.account.limit));
  const { budget, account } = found ?? {};
  return (
    <Stat
      label="Against budget"
      value={
        data && (account ? <Percent value={account.used_percent / 100} /> : <span className="dim">none</span>)
      }
      note={
        budget && account ? (
          <Link
            className="plain"
            to="/budgets/$name"
            params={{ name: budget.name }}
            search={{ value: account.value || undefined } as never}
          >
            <Money value={account.spent} /> of <Money value={account.limit} />, {budget.name} {account.value}
          </Link>
        ) : (
          `no budget is for ${isLimited ? "what you see" : "all calls"}`
        )
      }
    />
  );
}

/** What is spent at this moment, as the live stream says it. */
function Rate() {
  const [rate, setRate] = useState<{ usd_per_hour: string; calls_per_minute: number }>();
  useLive("rate", (data) => setRate(data as never));
  return (
    <Stat
      label="Now"
      value={
        rate && (
          <span className="num" title={`${moneyExact(rate.usd_per_hour)} an hour`}>
            {money(rate.usd_per_hour)} <span className={classes.unit}>an hour</span>
          </span>
        )
      }
      note={rate && <span className="num">{Math.round(rate.calls_per_minute)} calls a minute</span>}
    />
  );
}

function Daily({ starts }: { starts: Starts }) {
  const { data, error, refetch } = api.useQuery("get", ...dailyOf(starts));
  const series = useMemo(() => {
    const names = (data?.series ?? []).flatMap(({ key }) => (key.team === undefined ? [] : [key.team]));
    const colour = colours("team", names);
    return (data?.series ?? []).map((row) => ({
      name: row.is_rest ? `${count(row.groups)} others` : (row.key.team ?? ""),
      values: row.values,
      colour: row.is_rest ? REST_COLOUR : colour(row.key.team ?? ""),
      hatched: row.is_rest,
    }));
  }, [data]);
  const [opened, setOpened] = useState<number | null>(null);
  const day = opened === null ? undefined : data?.periods[opened];
  const end = opened === null ? undefined : data?.periods_end[opened];
  return (
    <>
      <TimeSeriesChart
        title="Cost by team and day, this month and the last"
        unit="usd"
        kind="bars"
        grain="day"
        zone={starts.zone}
        periods={data?.periods ?? []}
        series={series}
        total={data?.total.values ?? []}
        height={260}
        loading={data === undefined && !error}
        error={error}
        onRetry={refetch}
        onPoint={(_, period) => setOpened(period)}
      />
      {day && end && (
        <Moved
          from={iso(new Date(day))}
          to={iso(new Date(end))}
          tz={starts.zone}
          onClose={() => setOpened(null)}
        />
      )}
    </>
  );
}

const NAMES = {
  team: "Teams",
  product: "Products",
  use_case: "Use cases",
  model: "Models",
  environment: "Environments",
} as const;

function Split({ dimension, tz }: { dimension: keyof typeof NAMES; tz: string }) {
  const query = useSummary(tz);
  return (
    <Card title={NAMES[dimension]} note="month to date">
      <Loaded query={query} skeleton={<SkeletonRows rows={6} height={30} />} what={NAMES[dimension]}>
        {({ by, spans }) => {
          const { parts, others, rest } = by[dimension] ?? { parts: [], others: 0 };
          if (!parts.length) return <Empty title="No calls this month" />;
          const colour = colours(
            dimension,
            parts.map(({ value }) => value),
          );
          const items: BarItem[] = parts.map(({ value, cost_usd }) => ({
            name: value,
            value: cost_usd,
            share: ratio(cost_usd, spans.month?.cost_usd ?? "0"),
            colour: colour(value),
            to: {
              to: "/explore",
              search: { span: "month", filter: [`${dimension}:${value}`], by: next(dimension) },
            },
          }));
          if (others > 0 && rest) {
            items.push({
              name: `${count(others)} others`,
              value: rest.cost_usd,
              share: ratio(rest.cost_usd, spans.month?.cost_usd ?? "0"),
              colour: REST_COLOUR,
              hatched: true,
            });
          }
          return <BarList unit="usd" items={items} />;
        }}
      </Loaded>
    </Card>
  );
}

/** What one looks at inside of a value. */
function next(dimension: string): string {
  return { team: "product", product: "use_case", use_case: "model", model: "team", environment: "team" }[
    dimension
  ] as string;
}

const DIMENSIONS = ["team", "product", "use_case", "model", "environment"] as const;

/** What the figures are worth: calls without a price, usage that was estimated, cost that nobody owns. */
function Quality({ from, tz }: { from: string; tz: string }) {
  const whole = api.useQuery("get", "/api/v1/usage", {
    params: { query: { from, to: "now", durations: false } },
  });
  const { data: summary } = useSummary(tz);
  return (
    <Card title="What the figures are worth" note="month to date">
      <Loaded query={whole} skeleton={<SkeletonRows rows={9} height={30} />} what="Quality">
        {({ total }) => {
          const share = (part: number) => (total.calls ? part / total.calls : 0);
          return (
            <dl className={classes.facts}>
              <dt>
                <Link className="plain" to="/calls" search={{ span: "month", flag: "unpriced" } as never}>
                  Calls without a price
                </Link>
              </dt>
              <dd>
                <Count value={total.unpriced_calls} /> · <Percent value={share(total.unpriced_calls)} />
              </dd>
              <dt>Usage estimated by counting</dt>
              <dd>
                <Count value={total.estimated_calls} /> · <Percent value={share(total.estimated_calls)} />
              </dd>
              <dt>Replies that broke off</dt>
              <dd>
                <Count value={total.partial_calls + total.interrupted_calls} />
              </dd>
              <dt>Failed calls</dt>
              <dd>
                <Count value={total.errors} /> · <Percent value={share(total.errors)} />
              </dd>
              {DIMENSIONS.map((dimension) => {
                const untagged = summary?.allocation.untagged[dimension]?.cost_usd;
                return (
                  <Fragment key={dimension}>
                    <dt>
                      <Link
                        className="plain"
                        to="/calls"
                        search={{ span: "month", filter: [`${dimension}:unknown`] } as never}
                      >
                        Cost without {WITHOUT[dimension]}
                      </Link>
                    </dt>
                    <dd>
                      <Money value={untagged} /> ·{" "}
                      {percent(untagged ? ratio(untagged, total.cost_usd) : null)}
                    </dd>
                  </Fragment>
                );
              })}
              <dt>Under list price</dt>
              <dd>
                <Money value={minus(total.cost_list_usd, total.cost_usd)} />
              </dd>
            </dl>
          );
        }}
      </Loaded>
    </Card>
  );
}

const WITHOUT = {
  team: "a team",
  product: "a product",
  use_case: "a use case",
  model: "a model",
  environment: "an environment",
} as const;

/** What is there for a while only, against what will stay. */
function Lasting({ tz }: { tz: string }) {
  const query = useSummary(tz);
  return (
    <Card title="Temporary and persistent" note="month to date">
      <Loaded query={query} skeleton={<SkeletonRows rows={4} height={30} />} what="Temporary spend">
        {({
          allocation: { total, temporary, persistent, temporary_budgets: budgets, not_told_apart: others },
        }) => (
          <div className="stack">
            <BarList
              unit="usd"
              items={[
                { name: "temporary", value: temporary.cost_usd, colour: "var(--warn)", hatched: true },
                { name: "persistent", value: persistent.cost_usd, colour: "var(--accent)" },
              ].map((item) => ({ ...item, share: ratio(item.value, total.cost_usd) }))}
            />
            <p className={classes.explained}>
              {budgets.length
                ? "Temporary are calls of experiments and of budgets that end: "
                : "No budget is an experiment or ends: all spend counts as persistent."}
              {budgets.map((name, place) => (
                <Fragment key={name}>
                  {place > 0 && ", "}
                  <Link className="plain" to="/budgets/$name" params={{ name }} search={{}}>
                    {name}
                  </Link>
                </Fragment>
              ))}
              {others.length > 0 &&
                `. Not told apart, as their calls have too many sets of tags: ${others.join(", ")}`}
            </p>
          </div>
        )}
      </Loaded>
    </Card>
  );
}

/** Those that wait for an answer, then what was reached lately. */
function waitingFirst<T extends { state: string }>(alerts: readonly T[]): T[] {
  return [
    ...alerts.filter(({ state }) => state === "waiting"),
    ...alerts.filter(({ state }) => state !== "waiting"),
  ];
}

/** What waits for somebody: alerts that nobody answered, requests for approval. */
function Waiting() {
  const may = usePermissions();
  const alerts = api.useQuery("get", "/api/v1/alerts", { params: { query: { limit: 6 } } });
  const approvals = api.useQuery(
    "get",
    "/api/v1/approvals",
    { params: { query: { state: "open" } } },
    { enabled: may("approvals.read") },
  );
  const open = approvals.data?.approvals ?? [];
  return (
    <Card
      title="Alerts and approvals"
      note={
        <Link className="plain" to="/alerts">
          all alerts
        </Link>
      }
    >
      <Loaded query={alerts} skeleton={<SkeletonRows rows={6} />} what="Alerts">
        {(data) => (
          <ul className={classes.list}>
            {may("approvals.read") && (
              <li>
                <Link className="plain" to="/approvals">
                  {open.length === 0
                    ? "No request waits for an approval"
                    : `${open.length} ${open.length === 1 ? "request waits" : "requests wait"} for an approval`}
                </Link>
              </li>
            )}
            {waitingFirst(data.alerts).map((alert) => (
              <li key={alert.id}>
                <Link className="plain" to="/alerts" search={{ alert: alert.id } as never}>
                  {alert.sentence}
                </Link>
                <span className="dim">
                  {alert.state === "waiting" ? "waits for an answer, since" : "reached"}{" "}
                  <Ago at={alert.crossed_at} />
                </span>
              </li>
            ))}
            {data.alerts.length === 0 && <li>No threshold was reached</li>}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
