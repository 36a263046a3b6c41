/** Budgets that are closest to their limit. */

import { Link } from "@tanstack/react-router";
import { api } from "~/api/client";
import { Card } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { amount } from "~/pages/budgets/amounts";
import { Gauge } from "~/pages/budgets/gauge";
import classes from "./overview.module.css";

const SHOWN = 6;

export function BudgetsAtRisk() {
  const query = api.useQuery("get", "/api/v1/budgets", {}, { refetchInterval: 30_000 });
  return (
    <Card
      title="Budgets closest to their limit"
      note={
        <Link className="plain" to="/budgets">
          all budgets
        </Link>
      }
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={6} />} what="Budgets">
        {({ budgets }) => {
          const parts = budgets
            .flatMap((budget) => budget.accounts.map((account) => ({ budget, account })))
            .sort((a, b) => b.account.used_percent - a.account.used_percent)
            .slice(0, SHOWN);
          if (!parts.length) {
            return (
              <Empty title="No budgets yet">A budget holds spend inside a limit: Budgets, Create.</Empty>
            );
          }
          return (
            <ul className={classes.list}>
              {parts.map(({ budget, account }) => (
                <li key={account.id}>
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
                  <span className="num" title={`left of ${account.limit} ${budget.unit}`}>
                    {amount(account.left, budget.unit)} left
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
