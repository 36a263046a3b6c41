/** Budgets: the tree of them, how each stands, which are paused; made here, opened one by one. */

import { Badge, Button, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { IconPlus, IconSearch } from "~/app/icons";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Instant, Name } from "~/components/values";
import { usePermissions } from "~/session/me";
import { useUrlState } from "~/state/hooks";
import { flag, oneOf, text } from "~/state/url";
import { amount, endOf } from "./amounts";
import { BUDGETS, FORECASTS, PAUSES } from "./asked";
import { CreateBudget } from "./create";
import { Gauge } from "./gauge";

type Budget = components["schemas"]["BudgetReply"];
type Account = components["schemas"]["Account"];
type Heading = components["schemas"]["HeadingReply"];

/** A row is an account of a budget; `depth` is how far down the tree of parents it stands. */
interface Part {
  budget: Budget;
  account: Account | null;
  depth: number;
  isPaused: boolean;
  heading: Heading | undefined;
}

const STATE = { q: text(), show: oneOf(["all", "experiments", "near", "over"], "all"), new: flag() };

export default function Budgets() {
  const may = usePermissions();
  const navigate = useNavigate();
  const [{ q, show, new: creating }, set] = useUrlState(STATE);
  const query = api.useQuery("get", ...BUDGETS, { refetchInterval: 10_000 });
  const pauses = api.useQuery("get", ...PAUSES, { refetchInterval: 10_000 });
  const forecasts = api.useQuery("get", ...FORECASTS, { refetchInterval: 60_000 });
  const rows = useMemo(() => {
    const headings = new Map(
      forecasts.data?.accounts.map((each) => [`${each.budget}\u0000${each.value}`, each]),
    );
    const paused = new Set(pauses.data?.pauses.map(({ budget, value }) => `${budget}\u0000${value}`));
    return treeOf(query.data?.budgets ?? [], paused, headings)
      .filter(({ budget }) => show !== "experiments" || budget.budget_class === "experiment")
      .filter(({ account }) => show !== "near" || (account?.used_percent ?? 0) >= 80)
      .filter(({ heading }) => show !== "over" || heading?.is_reached || heading?.crosses_at)
      .filter(({ budget, account }) =>
        [budget.name, budget.owner, budget.scope, account?.value ?? ""].some((each) =>
          each.toLowerCase().includes(q.trim().toLowerCase()),
        ),
      );
  }, [query.data, pauses.data, forecasts.data, show, q]);
  return (
    <Page
      title="Budgets"
      subtitle="Limits that calls are held against before they are made"
      actions={
        <Tooltip label="Your roles do not include changing the estate" disabled={may("estate.write")}>
          <Button
            title={may("estate.write") ? undefined : "Your roles do not include changing the estate"}
            leftSection={<IconPlus size={15} />}
            onClick={() => set({ new: true })}
            disabled={!may("estate.write")}
          >
            Create a budget
          </Button>
        </Tooltip>
      }
    >
      <div className="row">
        <TextInput
          aria-label="Search budgets"
          placeholder="Name, owner, scope"
          leftSection={<IconSearch size={14} />}
          value={q}
          onChange={(event) => set({ q: event.currentTarget.value }, { replace: true })}
          w={260}
        />
        <SegmentedControl
          aria-label="Show"
          size="xs"
          value={show}
          onChange={(value) => set({ show: value as typeof show })}
          data={[
            { value: "all", label: "All" },
            { value: "experiments", label: "Experiments" },
            { value: "near", label: "80 % and more" },
            { value: "over", label: "Will reach the limit" },
          ]}
        />
      </div>
      <Card flush>
        <Loaded query={query} skeleton={<SkeletonRows rows={12} />} what="Budgets">
          {({ budgets }) =>
            rows.length ? (
              <DataTable
                label="Budgets"
                rows={rows}
                columns={COLUMNS}
                rowKey={({ budget, account }) => `${budget.name}\u0000${account?.value ?? ""}`}
                height={680}
                onOpen={({ budget, account }) =>
                  void navigate({
                    to: "/budgets/$name",
                    params: { name: budget.name },
                    search: { value: account?.value || undefined } as never,
                  })
                }
              />
            ) : budgets.length ? (
              <Empty title="No budget fits">Change the search or what is shown.</Empty>
            ) : (
              <Empty title="No budgets yet">
                A budget holds the calls of a team, a product or any other scope inside a limit. Create the
                first one, or apply a file with <code>bursar apply</code>.
              </Empty>
            )
          }
        </Loaded>
      </Card>
      <CreateBudget opened={creating && may("estate.write")} onClose={() => set({ new: false })} />
    </Page>
  );
}

/** Parents before their children, values of a split budget by their name. */
function treeOf(
  budgets: readonly Budget[],
  paused: ReadonlySet<string>,
  headings: ReadonlyMap<string, Heading>,
): Part[] {
  const children = new Map<string, Budget[]>();
  const names = new Set(budgets.map(({ name }) => name));
  for (const budget of budgets) {
    const parent = names.has(budget.parent) ? budget.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), budget]);
  }
  const rows: Part[] = [];
  const visit = (parent: string, depth: number) => {
    for (const budget of children.get(parent) ?? []) {
      const isPaused = (value: string) =>
        paused.has(`${budget.name}\u0000${value}`) || paused.has(`${budget.name}\u0000`);
      const accounts = [...budget.accounts].sort((a, b) => a.value.localeCompare(b.value));
      if (!accounts.length)
        rows.push({ budget, account: null, depth, isPaused: isPaused(""), heading: undefined });
      for (const account of accounts) {
        const heading = headings.get(`${budget.name}\u0000${account.value}`);
        rows.push({ budget, account, depth, isPaused: isPaused(account.value), heading });
      }
      if (depth < 8) visit(budget.name, depth + 1);
    }
  };
  visit("", 0);
  return rows;
}

const COLUMNS: Column<Part>[] = [
  {
    id: "name",
    name: "Budget",
    value: ({ budget, account }) => `${budget.name} ${account?.value ?? ""}`,
    cell: ({ budget, account, depth, isPaused }) => (
      <span className="row plain" style={{ paddingLeft: depth * 18, flexWrap: "nowrap" }}>
        <Link
          to="/budgets/$name"
          params={{ name: budget.name }}
          search={{ value: account?.value || undefined } as never}
          className="cut"
          title={`${budget.name} ${account?.value ?? ""}`}
        >
          {budget.name}
          {account?.value && <span className="dim"> {account.value}</span>}
        </Link>
        {budget.budget_class === "experiment" && (
          <Badge size="xs" variant="light" color="grape">
            experiment
          </Badge>
        )}
        {isPaused && (
          <Badge size="xs" variant="filled" color="red.8">
            paused
          </Badge>
        )}
      </span>
    ),
  },
  {
    id: "owner",
    name: "Owner",
    value: ({ budget }) => budget.owner,
    width: 160,
    hidden: true,
    cell: ({ budget }) => <Name>{budget.owner}</Name>,
  },
  {
    id: "scope",
    name: "Pays for",
    value: paysFor,
    width: 160,
    narrow: false,
    cell: (part) => <Name>{paysFor(part)}</Name>,
  },
  {
    id: "used",
    name: "Used",
    kind: "number",
    width: 150,
    narrow: 66,
    value: ({ account }) => account?.used_percent ?? null,
    cell: ({ account }) =>
      account ? <Gauge account={account} /> : <span className="dim">no calls yet</span>,
  },
  {
    id: "left",
    name: "Left",
    kind: "number",
    width: 122,
    narrow: 112,
    value: ({ account }) => (account ? Number(account.left) : null),
    cell: ({ budget, account }) =>
      account && (
        <span className="num" title={`${account.left} ${budget.unit}`}>
          {amount(account.left, budget.unit)}
        </span>
      ),
  },
  {
    id: "limit",
    narrow: false,
    name: "Limit",
    kind: "number",
    width: 122,
    value: ({ account }) => (account ? Number(account.limit) : null),
    cell: ({ budget, account }) =>
      account && (
        <span className="num" title={`${account.limit} ${budget.unit}`}>
          {amount(account.limit, budget.unit)}
        </span>
      ),
  },
  {
    id: "expected",
    narrow: false,
    name: "Expected",
    kind: "number",
    width: 122,
    value: ({ heading }) => (heading?.end ? Number(heading.end.expected) : null),
    cell: ({ budget, heading }) =>
      heading?.end && (
        <span
          className="num"
          title={`by the period's end, between ${heading.end.low ?? "?"} and ${heading.end.high ?? "?"} ${budget.unit}`}
        >
          {amount(heading.end.expected, budget.unit)}
        </span>
      ),
  },
  {
    id: "reaches",
    narrow: false,
    name: "Reaches limit",
    width: 148,
    value: ({ heading }) => (heading?.is_reached ? "0" : (heading?.crosses_at ?? undefined)),
    cell: ({ heading }) =>
      heading?.is_reached ? (
        <span>reached</span>
      ) : heading?.crosses_at ? (
        <Instant at={heading.crosses_at} shown="day" />
      ) : (
        <span className="dim">{heading?.end ? "not in this period" : ""}</span>
      ),
  },
  {
    id: "ends",
    narrow: false,
    name: "Period",
    title: "When it begins anew, or ends for good",
    value: ({ budget, account }) => budget.expires || account?.ends_at,
    width: 140,
    cell: ({ budget, account }) =>
      budget.expires ? (
        <span>
          ends <Instant at={endOf(budget.expires)} shown="day" />
        </span>
      ) : account?.ends_at ? (
        <span>
          until <Instant at={account.ends_at} shown="day" />
        </span>
      ) : (
        <span className="dim">rolling</span>
      ),
  },
];

/** The calls that an account pays for: of a split budget, those of its part. */
function paysFor({ budget, account }: Part): string {
  if (!budget.each || !account?.value) return budget.scope;
  const part = `${budget.each.replaceAll("_", " ")} ${account.value}`;
  return budget.scope === "all calls" || budget.scope === part ? part : `${part}; ${budget.scope}`;
}
