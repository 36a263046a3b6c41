/** Budgets at risk: those that will reach their limit in their period, the soonest first, and those nearly used up. */

import { Link } from "@tanstack/react-router";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Card } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { Instant } from "~/components/values";
import { amount } from "~/pages/budgets/amounts";
import { Gauge } from "~/pages/budgets/gauge";
import classes from "./overview.module.css";

type Budget = components["schemas"]["BudgetReply"];
type Account = components["schemas"]["Account"];
type Heading = components["schemas"]["HeadingReply"];

interface Part {
  budget: Budget;
  account: Account;
  heading: Heading | undefined;
}

const SHOWN = 8;

export function BudgetsAtRisk() {
  const query = api.useQuery("get", "/api/v1/budgets", {}, { refetchInterval: 30_000 });
  const forecasts = api.useQuery("get", "/api/v1/budget-forecasts", {}, { refetchInterval: 60_000 });
  const headings = new Map(forecasts.data?.accounts.map((each) => [`${each.budget} ${each.value}`, each]));
  return (
    <Card
      title="Budgets at risk"
      note={
        <Link className="plain" to="/budgets">
          all budgets
        </Link>
      }
    >
      <Loaded
        query={forecasts.isPending ? forecasts : query}
        skeleton={<SkeletonRows rows={8} />}
        what="Budgets"
      >
        {({ budgets }) => {
          const parts = budgets
            .flatMap((budget) =>
              budget.accounts.map((account) => ({
                budget,
                account,
                heading: headings.get(`${budget.name} ${account.value}`),
              })),
            )
            .filter(isAtRisk)
            .sort(
              (a, b) =>
                urgency(a).localeCompare(urgency(b)) || b.account.used_percent - a.account.used_percent,
            )
            .slice(0, SHOWN);
          if (!budgets.length)
            return (
              <Empty title="No budgets yet">A budget holds spend inside a limit: Budgets, Create.</Empty>
            );
          if (!parts.length)
            return <Empty title="None">No budget is expected to reach its limit in its period.</Empty>;
          return (
            <ul className={classes.list}>
              {parts.map((part) => (
                <Row key={part.account.id} {...part} />
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Row({ budget, account, heading }: Part) {
  const expected = heading?.end?.expected;
  return (
    <li>
      <span>
        <Link
          className="plain"
          to="/budgets/$name"
          params={{ name: budget.name }}
          search={{ value: account.value } as never}
        >
          {budget.name}
          {account.value && <span className="dim"> {account.value}</span>}
        </Link>
        <Gauge account={account} />
      </span>
      <span className={classes.outlook}>
        <span className="num" title={`spent ${account.spent} of ${account.limit} ${budget.unit}`}>
          {amount(account.spent, budget.unit)} of {amount(account.limit, budget.unit)}
        </span>
        <span className="dim">
          {heading?.is_reached ? (
            "limit reached"
          ) : heading?.crosses_at ? (
            <>
              reaches it on <Instant at={heading.crosses_at} shown="day" />
            </>
          ) : expected ? (
            <>expected {amount(expected, budget.unit)}</>
          ) : (
            `${amount(account.left, budget.unit)} left`
          )}
        </span>
      </span>
    </li>
  );
}

const NEAR_PERCENT = 80;

function isAtRisk({ account, heading }: Part): boolean {
  return Boolean(heading?.is_reached || heading?.crosses_at) || account.used_percent >= NEAR_PERCENT;
}

/** Sorts those that reached it first, then those that will, the soonest first. */
function urgency({ heading }: Part): string {
  return heading?.is_reached ? "0" : (heading?.crosses_at ?? "9999");
}
