/** One budget: how it stands, where it is heading, what happens at its thresholds; granted, paused, resumed. */

import { Badge, Button, Group, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type CSSProperties, useState } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { IconPlayerPause, IconPlayerPlay, IconPlus } from "~/app/icons";
import { Confirm } from "~/components/confirm";
import { Card, Notice, Page } from "~/components/page";
import { Stat } from "~/components/stat";
import { Empty, Loaded, ProblemView, SkeletonBox, SkeletonRows } from "~/components/states";
import { Instant } from "~/components/values";
import { usePermissions } from "~/session/me";
import { useUrlState } from "~/state/hooks";
import { useMendedReport } from "~/state/mended";
import { text } from "~/state/url";
import { amount, endOf } from "./amounts";
import classes from "./budgets.module.css";
import { BudgetCourse } from "./course";
import { Gauge } from "./gauge";
import { Holdings } from "./holdings";

type Budget = components["schemas"]["BudgetReply"];
type Account = components["schemas"]["Account"];

const STATE = { value: text() };
const STATS = { "--least": "12rem" } as CSSProperties;
const SIDE = { "--least": "24rem" } as CSSProperties;

export default function BudgetPage() {
  const { name = "" } = useParams({ strict: false });
  const query = api.useQuery(
    "get",
    "/api/v1/budgets/{name}",
    { params: { path: { name } } },
    { refetchInterval: 5_000, placeholderData: undefined },
  );
  return (
    <Loaded query={query} skeleton={<Waiting name={name} />} what={`The budget ${name}`}>
      {(budget) => <Shown budget={budget} />}
    </Loaded>
  );
}

function Waiting({ name }: { name: string }) {
  return (
    <Page title={name}>
      <SkeletonBox height={96} />
      <SkeletonBox height={280} />
    </Page>
  );
}

function Shown({ budget }: { budget: Budget }) {
  const [{ value }, set] = useUrlState(STATE);
  const named = budget.accounts.find((each) => each.value === value);
  const account = named ?? budget.accounts[0];
  useMendedReport(value && !named ? ["value"] : []);
  return (
    <Page
      title={budget.name}
      subtitle={`${budget.scope}; owner ${budget.owner || "nobody"}; ${budget.mode === "hard" ? "calls beyond it are refused" : "only warns"}`}
      actions={<Actions budget={budget} value={account?.value ?? ""} />}
    >
      <Paused budget={budget.name} value={account?.value ?? ""} />
      {budget.each && budget.accounts.length > 1 && (
        <Select
          aria-label={`Which ${budget.each}`}
          data={budget.accounts.map((each) => ({ value: each.value, label: each.value || "(none)" }))}
          value={account?.value ?? null}
          onChange={(next) => set({ value: next ?? "" })}
          allowDeselect={false}
          searchable
          w={240}
        />
      )}
      {budget.expires && <Ends budget={budget} />}
      {account ? <Standing budget={budget} account={account} /> : <NoAccount />}
      {account && (
        <BudgetCourse budget={budget.name} value={account.value} rolling={account.ends_at === null} />
      )}
      <div className="cells" style={SIDE}>
        <Ladder budget={budget} />
        <Facts budget={budget} account={account} />
        <Grants budget={budget} value={account?.value ?? ""} />
      </div>
      {account && budget.mode === "hard" && (
        <div className="cells" style={SIDE}>
          <Holdings budget={budget.name} value={account.value} />
        </div>
      )}
    </Page>
  );
}

/** That it is there for a while only: what ends, and when. */
function Ends({ budget }: { budget: Budget }) {
  const at = endOf(budget.expires);
  const over = Date.parse(at) <= Date.now();
  return (
    <Notice {...(over ? { tone: "bad" as const } : {})}>
      {budget.budget_class === "experiment" ? "This experiment" : "This budget"} {over ? "ended" : "ends"} on{" "}
      <Instant at={at} shown="day" />
      {over
        ? ": its calls are refused."
        : budget.budget_class === "experiment"
          ? "; from then on its calls are refused."
          : "; from then on it pays for nothing."}
    </Notice>
  );
}

function NoAccount() {
  return (
    <Card>
      <Empty title="No call has used this budget yet">
        It stands here as soon as the first call is made.
      </Empty>
    </Card>
  );
}

function Standing({ budget, account }: { budget: Budget; account: Account }) {
  const { unit } = budget;
  const shown = (text: string) => (
    <span className="num" title={`${text} ${unit}`}>
      {amount(text, unit)}
    </span>
  );
  return (
    <div className="cells" style={STATS}>
      <Stat label="Spent" value={shown(account.spent)} note={<Gauge account={account} />} />
      <Stat label="Held by calls in flight" value={shown(account.held)} note="released when they end" />
      <Stat label="Left" value={shown(account.left)} note={<>of {shown(account.limit)}</>} />
      <Stat
        label="Period"
        value={
          account.ends_at ? (
            <Instant at={account.begins_at} shown="day" />
          ) : (
            `Last ${budget.period.rolling_days ?? ""} days`
          )
        }
        note={
          account.ends_at ? (
            <>
              begins anew on <Instant at={account.ends_at} shown="day" />
            </>
          ) : (
            "rolling: what is older falls out"
          )
        }
      />
    </div>
  );
}

function Ladder({ budget }: { budget: Budget }) {
  return (
    <Card title="Thresholds" note="of the limit">
      {budget.thresholds.length ? (
        <dl className={classes.facts}>
          {budget.thresholds.map(({ at, on, steps }) => (
            <div key={`${at} ${on}`} style={{ display: "contents" }}>
              <dt className="num">
                {at} % {on === "forecast" ? "forecast" : "spent"}
              </dt>
              <dd>
                <ol className={classes.ladder}>
                  {steps.map((step) => (
                    <li key={step}>{step}</li>
                  ))}
                </ol>
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <Empty title="No thresholds">Nothing is said or done before the limit is reached.</Empty>
      )}
    </Card>
  );
}

function Facts({ budget, account }: { budget: Budget; account: Account | undefined }) {
  const facts: [string, React.ReactNode][] = [
    ["Class", budget.budget_class],
    [
      "At the limit",
      budget.on_exhausted === "refuse" ? "calls are refused" : `${budget.on_exhausted} answers`,
    ],
    ["Split by", budget.each || "one for all"],
    ["Parent", budget.parent ? <ParentLink key="parent" name={budget.parent} /> : "none"],
    ["Moves with", budget.moves_with || "nothing: a fixed amount"],
    ["Ends", budget.expires || "does not end"],
  ];
  if (account) {
    const { unit } = budget;
    facts.push(
      ["Amount", amount(account.amount, unit)],
      ["Granted", amount(account.granted, unit)],
      ["Rolled over", amount(account.rolled_over, unit)],
      ["Spent outside of the gateway", amount(account.external, unit)],
      ["Written off", amount(account.written_off, unit)],
    );
  }
  return (
    <Card
      title="Rules"
      note={
        <Link className="plain" to="/estate/$kind/$name" params={{ kind: "budget", name: budget.name }}>
          document and history
        </Link>
      }
    >
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function ParentLink({ name }: { name: string }) {
  return (
    <Link className="plain" to="/budgets/$name" params={{ name }} search={{}}>
      {name}
    </Link>
  );
}

function Grants({ budget, value }: { budget: Budget; value: string }) {
  const query = api.useQuery("get", "/api/v1/budgets/{name}/grants", {
    params: { path: { name: budget.name } },
  });
  return (
    <Card title="Grants" note="temporary increases">
      <Loaded query={query} skeleton={<SkeletonRows rows={3} />} what="Grants">
        {({ grants }) =>
          grants.some((grant) => grant.value === value) ? (
            <dl className={classes.facts}>
              {grants
                .filter((grant) => grant.value === value)
                .map((grant) => (
                  <div key={grant.id} style={{ display: "contents" }}>
                    <dt className="num">+{amount(grant.amount, budget.unit)}</dt>
                    <dd>
                      {grant.reason}
                      <br />
                      <span className="dim">
                        {grant.value && `${grant.value}, `}
                        {grant.actor}, until <Instant at={grant.ends_at} />
                      </span>
                    </dd>
                  </div>
                ))}
            </dl>
          ) : (
            <Empty title="No grants">A grant adds to the limit for a while, with a reason.</Empty>
          )
        }
      </Loaded>
    </Card>
  );
}

function usePause(budget: string, value: string) {
  const { data } = api.useQuery("get", "/api/v1/budget-pauses", {}, { refetchInterval: 5_000 });
  return data?.pauses.find((each) => each.budget === budget && (each.value === value || each.value === ""));
}

function Paused({ budget, value }: { budget: string; value: string }) {
  const pause = usePause(budget, value);
  if (!pause) return null;
  return (
    <Notice tone="bad">
      <Badge color="red.8" variant="filled" mr={8}>
        paused
      </Badge>
      Its calls are refused since <Instant at={pause.since} />: {pause.reason}.
    </Notice>
  );
}

function Actions({ budget, value }: { budget: Budget; value: string }) {
  const may = usePermissions();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<"grant" | "pause" | null>(null);
  const pause = usePause(budget.name, value);
  const path = { name: budget.name };
  const refresh = async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ["get", "/api/v1/budget-pauses"] }),
      queries.invalidateQueries({ queryKey: ["get", "/api/v1/budgets/{name}"] }),
    ]);
  };
  if (!may("budgets.write")) return null;
  const part = value ? ` for ${value}` : "";
  return (
    <>
      <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => setDoing("grant")}>
        Grant more
      </Button>
      {pause ? (
        <Button
          leftSection={<IconPlayerPlay size={15} />}
          onClick={async () => {
            await client.POST("/api/v1/budgets/{name}/resume", {
              params: { path },
              body: { value: pause.value },
            });
            await refresh();
          }}
        >
          Resume
        </Button>
      ) : (
        <Button
          variant="default"
          c="var(--bad)"
          leftSection={<IconPlayerPause size={15} />}
          onClick={() => setDoing("pause")}
        >
          Pause
        </Button>
      )}
      <Confirm
        opened={doing === "pause"}
        onClose={() => setDoing(null)}
        title={`Pause ${budget.name}${part}`}
        action="Pause it"
        danger
        reason
        onConfirm={async (reason) => {
          await client.POST("/api/v1/budgets/{name}/pause", { params: { path }, body: { reason, value } });
          await refresh();
        }}
      >
        Every call that it pays for ({budget.scope}
        {part}) is refused within a second, with your name and your reason, until somebody resumes it.
      </Confirm>
      <Modal
        opened={doing === "grant"}
        onClose={() => setDoing(null)}
        title={`Grant more to ${budget.name}${part}`}
      >
        {doing === "grant" && <GrantForm budget={budget} value={value} onDone={() => setDoing(null)} />}
      </Modal>
    </>
  );
}

function GrantForm({ budget, value, onDone }: { budget: Budget; value: string; onDone: () => void }) {
  const queries = useQueryClient();
  const [amountText, setAmount] = useState("");
  const [until, setUntil] = useState("7d");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const give = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await client.POST("/api/v1/budgets/{name}/grants", {
        params: { path: { name: budget.name } },
        body: { amount: amountText.trim(), until, reason: reason.trim(), value },
      });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/budgets/{name}"] });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/budgets/{name}/grants"] });
      onDone();
    } catch (thrown) {
      setProblem(thrown);
      setBusy(false);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void give();
      }}
    >
      <TextInput
        label={`Amount (${budget.unit})`}
        placeholder="50.00"
        value={amountText}
        onChange={(event) => setAmount(event.currentTarget.value)}
        inputMode="decimal"
        data-autofocus
      />
      <Select
        label="For"
        data={[
          { value: "24h", label: "a day" },
          { value: "7d", label: "7 days" },
          { value: "30d", label: "30 days" },
        ]}
        value={until}
        onChange={(next) => setUntil(next ?? "7d")}
        allowDeselect={false}
      />
      <Textarea
        label="Reason"
        description="Stands beside the grant and in the audit log"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={2000}
        autosize
        minRows={2}
      />
      {problem !== null && <ProblemView error={problem} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button
          type="submit"
          loading={busy}
          disabled={!/^\d{1,12}(\.\d{1,12})?$/.test(amountText.trim()) || !reason.trim()}
        >
          Grant it
        </Button>
      </Group>
    </form>
  );
}
