/** Alerts: thresholds that were reached, why, what is in force because of them; acknowledged and undone here. */

import { Badge, Button, Drawer, SegmentedControl, Tabs } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Ago, Instant } from "~/components/values";
import { amount, type BudgetUnit } from "~/pages/budgets/amounts";
import budgetClasses from "~/pages/budgets/budgets.module.css";
import { usePermissions } from "~/session/me";
import { useUrlState } from "~/state/hooks";
import { oneOf, text } from "~/state/url";

type Alert = components["schemas"]["AlertReply"];
type Rule = components["schemas"]["InterventionReply"];
type Message = components["schemas"]["MessageReply"];

const STATES = ["all", "waiting", "acknowledged", "settled", "lifted"] as const;
const TABS = ["alerts", "rules", "messages"] as const;
const STATE = { tab: oneOf(TABS, "alerts"), state: oneOf(STATES, "all"), alert: text() };
const COLOURS = { waiting: "yellow", settled: "gray", acknowledged: "teal", lifted: "gray" } as const;

export default function Alerts() {
  const [{ tab }, set] = useUrlState(STATE);
  return (
    <Page title="Alerts" subtitle="Thresholds of budgets that were reached, and what was done">
      <Tabs
        value={tab}
        onChange={(value) => set({ tab: (value ?? "alerts") as typeof tab })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="alerts">Alerts</Tabs.Tab>
          <Tabs.Tab value="rules">Rules put in force</Tabs.Tab>
          <Tabs.Tab value="messages">Messages</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="alerts" className="stack">
          <AlertList />
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <RuleList />
        </Tabs.Panel>
        <Tabs.Panel value="messages">
          <MessageList />
        </Tabs.Panel>
      </Tabs>
      <OpenAlert />
    </Page>
  );
}

function AlertList() {
  const [{ state, alert }, set] = useUrlState(STATE);
  const query = api.useQuery(
    "get",
    "/api/v1/alerts",
    { params: { query: { limit: 500, ...(state === "all" ? {} : { state }) } } },
    { refetchInterval: 10_000 },
  );
  return (
    <>
      <SegmentedControl
        aria-label="State"
        size="xs"
        value={state}
        onChange={(value) => set({ state: value as typeof state })}
        data={STATES.map((value) => ({ value, label: value }))}
        style={{ alignSelf: "flex-start" }}
      />
      <Card flush>
        <Loaded query={query} skeleton={<SkeletonRows rows={10} />} what="Alerts">
          {({ alerts }) =>
            alerts.length ? (
              <DataTable
                label="Alerts"
                rows={alerts}
                columns={ALERTS}
                rowKey={({ id }) => id}
                chosen={alert}
                onOpen={({ id }) => set({ alert: id })}
                height={640}
              />
            ) : (
              <Empty title="No threshold was reached">
                Budgets say at which shares of their limit somebody is told or something is done.
              </Empty>
            )
          }
        </Loaded>
      </Card>
    </>
  );
}

const ALERTS: Column<Alert>[] = [
  {
    id: "crossed",
    name: "Crossed",
    value: ({ crossed_at }) => crossed_at,
    width: 130,
    cell: ({ crossed_at }) => <Instant at={crossed_at} />,
  },
  { id: "sentence", name: "What happened", value: ({ sentence }) => sentence },
  { id: "budget", name: "Budget", value: ({ budget, value }) => `${budget} ${value}`.trim(), width: 150 },
  { id: "owner", name: "Owner", value: ({ owner }) => owner, width: 150 },
  {
    id: "percent",
    name: "At",
    title: "Percent of the limit",
    kind: "number",
    value: ({ percent }) => percent,
    width: 80,
    cell: ({ percent }) => <span className="num">{percent} %</span>,
  },
  {
    id: "state",
    name: "State",
    value: ({ state }) => state,
    width: 146,
    cell: ({ state }) => (
      <Badge size="sm" variant="light" color={COLOURS[state]} title={MEANINGS[state]}>
        {state}
      </Badge>
    ),
  },
];

const MEANINGS: Record<Alert["state"], string> = {
  waiting: "somebody should acknowledge it",
  settled: "all steps of the ladder are taken",
  acknowledged: "somebody answers for it; no further step is taken",
  lifted: "a grant raised the limit again",
};

function OpenAlert() {
  const [{ alert }, set] = useUrlState(STATE);
  return (
    <Drawer
      opened={alert !== ""}
      onClose={() => set({ alert: "" })}
      position="right"
      size="lg"
      title="Alert"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {alert !== "" && <Detail id={alert} />}
    </Drawer>
  );
}

function Detail({ id }: { id: string }) {
  const may = usePermissions();
  const queries = useQueryClient();
  const query = api.useQuery(
    "get",
    "/api/v1/alerts/{alert_id}",
    { params: { path: { alert_id: id } } },
    { placeholderData: undefined },
  );
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["get", "/api/v1/alerts"] }),
      queries.invalidateQueries({ queryKey: ["get", "/api/v1/alerts/{alert_id}"] }),
      queries.invalidateQueries({ queryKey: ["get", "/api/v1/interventions"] }),
    ]);
  return (
    <Loaded query={query} skeleton={<SkeletonRows rows={8} />} what="The alert">
      {(found) => (
        <div className="stack">
          <strong>{found.sentence}</strong>
          <dl className={budgetClasses.facts}>
            <dt>State</dt>
            <dd>
              {found.state}: {MEANINGS[found.state]}
            </dd>
            <dt>Owner</dt>
            <dd>{found.owner || "nobody"}</dd>
            <dt>Budget</dt>
            <dd>
              <Link
                to="/budgets/$name"
                params={{ name: found.budget }}
                search={{ value: found.value || undefined } as never}
              >
                {found.budget} {found.value}
              </Link>
            </dd>
            <dt>Spent</dt>
            <dd className="num">
              {amount(found.spent, found.unit as BudgetUnit)} of{" "}
              {amount(found.limit, found.unit as BudgetUnit)}
            </dd>
            {found.forecast && (
              <>
                <dt>Forecast</dt>
                <dd className="num">{amount(found.forecast, found.unit as BudgetUnit)}</dd>
              </>
            )}
            <dt>Crossed</dt>
            <dd>
              <Instant at={found.crossed_at} /> (<Ago at={found.crossed_at} />)
            </dd>
            {found.answer_by && (
              <>
                <dt>Next step</dt>
                <dd>
                  on <Instant at={found.answer_by} />, unless somebody acknowledges
                </dd>
              </>
            )}
            {found.acknowledged_at && (
              <>
                <dt>Acknowledged</dt>
                <dd>
                  by {found.acknowledged_by}, <Instant at={found.acknowledged_at} />
                </dd>
              </>
            )}
          </dl>
          {found.state === "waiting" && may("alerts.answer") && (
            <Button
              onClick={async () => {
                await client.POST("/api/v1/alerts/{alert_id}/acknowledge", {
                  params: { path: { alert_id: id } },
                });
                await refresh();
              }}
            >
              Acknowledge
            </Button>
          )}
          <Causes title="Largest in the period" causes={found.causes} unit={found.unit as BudgetUnit} />
          <Causes
            title="Largest in the hour before"
            causes={found.causes_last_hour}
            unit={found.unit as BudgetUnit}
          />
          {found.interventions.length > 0 && (
            <>
              <h3>Rules that it put in force</h3>
              <Rules rules={found.interventions} />
            </>
          )}
        </div>
      )}
    </Loaded>
  );
}

interface CausesProps {
  title: string;
  causes: Alert["causes"];
  unit: BudgetUnit;
}

function Causes({ title, causes, unit }: CausesProps) {
  if (!causes.length) return null;
  return (
    <div>
      <h3>{title}</h3>
      <dl className={budgetClasses.facts}>
        {causes.map(({ dimension, value, amount: text }) => (
          <div key={`${dimension} ${value}`} style={{ display: "contents" }}>
            <dt>{dimension.replaceAll("_", " ")}</dt>
            <dd>
              {value} <span className="num dim">{amount(text, unit)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function RuleList() {
  const query = api.useQuery("get", "/api/v1/interventions", { params: { query: { limit: 200 } } });
  return (
    <Card flush>
      <Loaded query={query} skeleton={<SkeletonRows rows={6} />} what="Rules">
        {({ interventions }) =>
          interventions.length ? (
            <Rules rules={interventions} />
          ) : (
            <Empty title="No rule was put in force">
              Ladders of budgets, and people who pause one, put rules in force.
            </Empty>
          )
        }
      </Loaded>
    </Card>
  );
}

function Rules({ rules }: { rules: readonly Rule[] }) {
  const may = usePermissions();
  const queries = useQueryClient();
  const columns = useMemo((): Column<Rule>[] => {
    const undo = async (id: string) => {
      await client.POST("/api/v1/interventions/{intervention_id}/undo", {
        params: { path: { intervention_id: id } },
      });
      for (const path of ["/api/v1/interventions", "/api/v1/alerts/{alert_id}", "/api/v1/budget-pauses"]) {
        await queries.invalidateQueries({ queryKey: ["get", path] });
      }
    };
    return [
      { id: "budget", name: "Budget", value: ({ budget, value }) => `${budget} ${value}`.trim(), width: 150 },
      {
        id: "step",
        name: "Rule",
        value: ({ step }) => String(step.do ?? "").replaceAll("_", " "),
        width: 150,
      },
      { id: "reason", name: "Because", value: ({ reason }) => reason },
      {
        id: "since",
        name: "Since",
        value: ({ since }) => since,
        width: 130,
        cell: ({ since }) => <Instant at={since} />,
      },
      {
        id: "state",
        name: "State",
        value: ({ in_force, undone_by }) => (in_force ? "in force" : undone_by || "over"),
        width: 150,
        cell: (rule) =>
          rule.in_force ? (
            may("alerts.answer") ? (
              <Button size="compact-xs" variant="default" onClick={() => undo(rule.id)}>
                Undo
              </Button>
            ) : (
              "in force"
            )
          ) : (
            <span className="dim">ended{rule.undone_by ? ` by ${rule.undone_by}` : ""}</span>
          ),
      },
    ];
  }, [may, queries]);
  return <DataTable label="Rules" rows={rules} columns={columns} rowKey={({ id }) => id} height={480} />;
}

function MessageList() {
  const may = usePermissions();
  const queries = useQueryClient();
  const query = api.useQuery("get", "/api/v1/alerts/messages", { params: { query: { limit: 200 } } });
  const columns = useMemo((): Column<Message>[] => {
    const send = async (id: string) => {
      await client.POST("/api/v1/alerts/messages/{message_id}/send", {
        params: { path: { message_id: id } },
      });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/alerts/messages"] });
    };
    return [
      {
        id: "created",
        name: "Made",
        value: ({ created_at }) => created_at,
        width: 130,
        cell: ({ created_at }) => <Instant at={created_at} />,
      },
      { id: "title", name: "Message", value: ({ title }) => title },
      { id: "channel", name: "Channel", value: ({ channel }) => channel, width: 130 },
      {
        id: "state",
        name: "State",
        value: ({ state }) => state,
        width: 110,
        cell: ({ state }) => (
          <Badge size="sm" variant="light" color={{ waiting: "yellow", sent: "teal", dead: "red" }[state]}>
            {state}
          </Badge>
        ),
      },
      { id: "fault", name: "Fault", value: ({ fault }) => fault, width: 200 },
      {
        id: "act",
        name: "",
        sortable: false,
        value: () => null,
        width: 110,
        cell: ({ id, state }) =>
          state === "dead" && may("settings.write") ? (
            <Button size="compact-xs" variant="default" onClick={() => send(id)}>
              Send again
            </Button>
          ) : null,
      },
    ];
  }, [may, queries]);
  return (
    <Card flush>
      <Loaded query={query} skeleton={<SkeletonRows rows={6} />} what="Messages">
        {({ messages }) =>
          messages.length ? (
            <DataTable
              label="Messages"
              rows={messages}
              columns={columns}
              rowKey={({ id }) => id}
              height={640}
            />
          ) : (
            <Empty title="Nothing was said yet">Alerts go to the channels that the estate declares.</Empty>
          )
        }
      </Loaded>
    </Card>
  );
}
