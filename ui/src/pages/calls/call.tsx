/** One call, its whole story: who, what the rules say, what paid for it, usage, the arithmetic of its price, times. */

import { Badge, Button, CopyButton } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { type CSSProperties, type ReactNode, useMemo } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { IconCheck, IconCopy } from "~/app/icons";
import { verdictColour } from "~/colours/verdicts";
import { Card, Notice, Page } from "~/components/page";
import { Stat } from "~/components/stat";
import { Empty, Loaded, SkeletonBox, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Count, Duration, Instant, Money } from "~/components/values";
import { sum } from "~/format/exact";
import { count, duration } from "~/format/format";
import { usePermissions } from "~/session/me";
import classes from "./call.module.css";

type Priced = components["schemas"]["PricedCall"];
type Line = components["schemas"]["PriceLine"];

const STATS = { "--least": "12rem" } as CSSProperties;
const SIDE = { "--least": "26rem" } as CSSProperties;

export default function CallPage() {
  const { callId = "" } = useParams({ strict: false });
  const query = api.useQuery(
    "get",
    "/api/v1/calls/{call_id}",
    { params: { path: { call_id: callId } } },
    { placeholderData: undefined },
  );
  return (
    <Page
      title="Call"
      subtitle={<code>{callId}</code>}
      actions={
        <CopyButton value={callId}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={copy}
              leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            >
              {copied ? "Copied" : "Copy id"}
            </Button>
          )}
        </CopyButton>
      }
    >
      <Loaded query={query} skeleton={<SkeletonBox height={420} />} what="The call">
        {(call) => <Story call={call} />}
      </Loaded>
    </Page>
  );
}

/** Why the gateway refused a call before any provider was asked; undefined where it did not. */
function refusalOf(call: Priced): string | undefined {
  return call.flags
    .find((flag) => flag.startsWith("refused_"))
    ?.slice("refused_".length)
    .replaceAll("_", " ");
}

function Story({ call }: { call: Priced }) {
  const refusal = refusalOf(call);
  return (
    <div className="stack">
      {refusal && (
        <Notice tone="bad">
          Refused by the gateway, before any provider was asked: {refusal}. Whoever called was told what to
          do; nothing was charged.
        </Notice>
      )}
      <div className="cells" style={STATS}>
        <Stat
          label="Cost"
          value={<Money value={call.cost_usd} />}
          note={call.cost_usd === null ? "no price was in force" : `${call.cost_usd} USD`}
        />
        <Stat
          label="Tokens"
          value={<Count value={call.tokens.input_total + call.tokens.output_total} />}
          note={`${count(call.tokens.input_total)} in, ${count(call.tokens.output_total)} out`}
        />
        <Stat label="Latency" value={<Duration ms={call.latency_ms} />} note={<FirstToken call={call} />} />
        <Stat
          label="Outcome"
          value={refusal ? "refused" : call.status}
          note={call.http_status ? `HTTP ${call.http_status}` : "no reply"}
        />
      </div>
      <Price call={call} />
      <div className="cells" style={SIDE}>
        <Who call={call} />
        <Times call={call} />
        <Paid call={call} />
        <Details call={call} />
      </div>
      {call.model !== "unknown" && <Rules call={call} />}
    </div>
  );
}

function FirstToken({ call }: { call: Priced }) {
  if (call.first_token_ms === null) return <>{call.streamed ? "streamed" : "not streamed"}</>;
  return (
    <>
      first token after <Duration ms={call.first_token_ms} />
    </>
  );
}

/** Class by class: quantity x rate / per = amount; the amounts add up to the cost. */
function Price({ call }: { call: Priced }) {
  const lines = call.price_lines;
  const columns = useMemo(() => columnsOf(call), [call]);
  if (!lines?.length) {
    return (
      <Card title="Price">
        <Empty title={call.cost_usd === null ? "No price was in force" : "Nothing was charged"}>
          {call.cost_usd === null
            ? "The call is counted as unpriced, never as free. A dated price document of the estate gives later calls their price."
            : refusalOf(call)
              ? "No provider was asked."
              : "No class of usage has a rate in the card that priced it."}
        </Empty>
      </Card>
    );
  }
  return (
    <Card
      title="Price"
      note={<code title="The rate card, by its content">{call.price_ref.slice(0, 60)}</code>}
      flush
    >
      <DataTable
        label="Price arithmetic"
        rows={lines}
        columns={columns}
        rowKey={({ usage_class }) => usage_class}
        note="quantity × rate ÷ per = amount"
        height={420}
      />
    </Card>
  );
}

function columnsOf(call: Priced): Column<Line>[] {
  const total = sum((call.price_lines ?? []).map(({ amount_usd }) => amount_usd));
  return [
    {
      id: "class",
      name: "Class",
      value: ({ usage_class }) => usage_class.replace("tokens_", "").replaceAll("_", " "),
      total: "Total",
    },
    {
      id: "quantity",
      name: "Quantity",
      kind: "number",
      width: 130,
      value: ({ quantity }) => quantity,
      cell: ({ quantity }) => <Count value={quantity} />,
    },
    {
      id: "rate",
      name: "Rate, USD",
      kind: "money",
      width: 130,
      value: ({ rate_usd }) => rate_usd ?? "0",
      cell: ({ rate_usd }) => <span className="num">{rate_usd ?? "no rate"}</span>,
    },
    {
      id: "per",
      name: "Per",
      kind: "number",
      width: 120,
      value: ({ per }) => per,
      cell: ({ per }) => <Count value={per} />,
    },
    {
      id: "as",
      name: "Priced as",
      value: ({ priced_as, borrowed }) => (priced_as ?? "–") + (borrowed ? " (borrowed)" : ""),
      width: 170,
    },
    {
      id: "amount",
      name: "Amount, USD",
      kind: "money",
      width: 190,
      value: ({ amount_usd }) => amount_usd ?? "0",
      cell: ({ amount_usd }) => <span className="num">{amount_usd ?? "unpriced"}</span>,
      total: (
        <span className="num" data-testid="price-total" title={`The call costs ${call.cost_usd} USD`}>
          {total}
        </span>
      ),
    },
  ];
}

function Facts({ facts }: { facts: readonly [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value || <span className="dim">–</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

function Filtered({ dimension, value }: { dimension: string; value: string }) {
  if (!value) return null;
  return (
    <Link className="plain" to="/calls" search={{ filter: [`${dimension}:${value}`] } as never}>
      {value}
    </Link>
  );
}

function Who({ call }: { call: Priced }) {
  const may = usePermissions();
  const keys = api.useQuery("get", "/api/v1/keys", {}, { enabled: may("keys.read") });
  const key = keys.data?.keys.find(({ id }) => id === call.key_id);
  return (
    <Card title="Who and what for">
      <Facts
        facts={[
          ["Key", <Filtered key="key" dimension="key" value={call.key_id} />],
          ...(key?.label ? ([["Label", key.label]] as [string, ReactNode][]) : []),
          ["Team", <Filtered key="team" dimension="team" value={call.team} />],
          ["Product", <Filtered key="product" dimension="product" value={call.product} />],
          ["Use case", <Filtered key="use" dimension="use_case" value={call.use_case} />],
          ["Environment", <Filtered key="env" dimension="environment" value={call.environment} />],
          ...Object.entries(call.tags).map(([name, value]): [string, ReactNode] => [
            name,
            <Filtered key={name} dimension={`tag:${name}`} value={value} />,
          ]),
          ["Model", <Filtered key="model" dimension="model" value={call.model} />],
          ["Asked for", call.model_requested],
          ["Answered by", [call.provider, call.model_served].filter(Boolean).join(": ")],
        ]}
      />
    </Card>
  );
}

/** When what happened, as bars on one line of time; nothing that was not measured. */
function Times({ call }: { call: Priced }) {
  const first = call.first_token_ms;
  const rows = [
    { name: first === null ? "Whole reply" : "To the first token", from: 0, to: first ?? call.latency_ms },
    ...(first === null ? [] : [{ name: "First token to the end", from: first, to: call.latency_ms }]),
  ];
  const whole = Math.max(1, call.latency_ms);
  return (
    <Card title="Times" note={<Instant at={call.started_at} shown="second" />}>
      <ul className={classes.times}>
        {rows.map(({ name, from, to }) => (
          <li key={name}>
            <span>{name}</span>
            <span className={classes.lane}>
              <span
                className={classes.bar}
                style={{
                  marginLeft: `${(from / whole) * 100}%`,
                  width: `${Math.max(0.5, ((to - from) / whole) * 100)}%`,
                }}
              />
            </span>
            <span className="num">{duration(to - from)}</span>
          </li>
        ))}
      </ul>
      <Facts
        facts={[
          ["Began", <Instant key="began" at={call.started_at} shown="second" />],
          ["Ended", <Instant key="ended" at={call.finished_at} shown="second" />],
          ["In the ledger", <Instant key="stored" at={call.received_at} shown="second" />],
        ]}
      />
    </Card>
  );
}

/** The budget accounts that it was charged to when it happened. */
function Paid({ call }: { call: Priced }) {
  const accounts = call.budgets ? call.budgets.split(",") : [];
  const budgets = api.useQuery("get", "/api/v1/budgets", {}, { enabled: accounts.length > 0 });
  const known = new Map(
    (budgets.data?.budgets ?? []).flatMap((budget) =>
      budget.accounts.map((account) => [account.id, { name: budget.name, value: account.value }] as const),
    ),
  );
  return (
    <Card title="Paid by" note="budgets that held money for it">
      {call.held_usd !== null && (
        <p className={classes.step}>
          Held while it ran: <Money value={call.held_usd} />, the most that it could cost
          {call.output_tokens_asked !== null &&
            ` with an answer of ${count(call.output_tokens_asked)} tokens`}
          . {call.cost_usd !== null && <>What it did not use was free again when it ended.</>}
        </p>
      )}
      {accounts.length ? (
        <ul className={classes.list}>
          {accounts.map((id) => {
            const budget = known.get(id);
            return (
              <li key={id}>
                {budget ? (
                  <Link
                    to="/budgets/$name"
                    params={{ name: budget.name }}
                    search={{ value: budget.value || undefined } as never}
                  >
                    {budget.name} {budget.value}
                  </Link>
                ) : (
                  <code title="Its period is over, or it is not within what your roles show">{id}</code>
                )}
              </li>
            );
          })}
        </ul>
      ) : (
        <Empty title="No budget pays for it" />
      )}
    </Card>
  );
}

function Details({ call }: { call: Priced }) {
  return (
    <Card title="Details">
      <Facts
        facts={[
          [
            "Flags",
            call.flags.length ? (
              <span className="row" key="flags">
                {call.flags.map((flag) => (
                  <Badge key={flag} size="sm" variant="light" color="gray">
                    {flag.replaceAll("_", " ")}
                  </Badge>
                ))}
              </span>
            ) : null,
          ],
          ["Usage from", call.usage_source],
          [
            "Output allowed",
            call.output_tokens_asked === null ? null : `${count(call.output_tokens_asked)} tokens`,
          ],
          ["Wire, operation", `${call.wire}, ${call.operation}`],
          ["Region", call.region],
          ["Service tier", call.service_tier],
          ["Request, reply", `${count(call.bytes_request)} and ${count(call.bytes_reply)} bytes`],
          ["Provider's id", call.provider_call_id],
          [
            "Linked call",
            call.linked_call_id ? (
              <Link key="linked" to="/calls/$callId" params={{ callId: call.linked_call_id }}>
                {call.linked_call_id}
              </Link>
            ) : null,
          ],
          ["Prompt's fingerprint", call.fingerprint_request],
          ["Came from", [call.source, call.worker].filter(Boolean).join(", ")],
        ]}
      />
    </Card>
  );
}

/** What the rules say of such a call, one by one. */
function Rules({ call }: { call: Priced }) {
  const may = usePermissions();
  const query = api.useQuery(
    "post",
    "/api/v1/policy/explain",
    {
      body: {
        key: call.key_id,
        model: call.model_requested || call.model,
        provider: call.provider === "unknown" ? "" : call.provider,
        at: call.started_at,
        rules: "then",
        output_tokens: call.output_tokens_asked ?? 0,
        bytes: call.bytes_request,
        tags: {
          team: call.team,
          product: call.product,
          use_case: call.use_case,
          environment: call.environment,
        },
      } as never,
    },
    { enabled: call.key_id !== "" && may("policies.read"), retry: false, placeholderData: undefined },
  );
  if (!call.key_id || !may("policies.read")) return null;
  return (
    <Card title="Rules" note="as the rules stood when the call began">
      <Loaded query={query} skeleton={<SkeletonRows rows={4} />} what="The rules">
        {({ steps }) => (
          <div className="stack">
            {steps.map((step) => (
              <div key={`${step.model} ${step.provider}`}>
                <p className={classes.step}>
                  <Badge variant="light" color={verdictColour(step.verdict)}>
                    {step.verdict.replaceAll("_", " ")}
                  </Badge>{" "}
                  {step.model} at {step.provider || "its provider"}
                  {step.rule && `: ${step.rule}`} {step.reason && <span className="dim">{step.reason}</span>}
                </p>
                {step.rules.length > 0 && (
                  <ul className={classes.list}>
                    {step.rules.map((said) => (
                      <li key={said.rule}>
                        <span>{said.rule}</span>
                        <span className="dim">
                          {said.fits ? said.outcome : `does not fit: ${said.outcome}`} ({said.effect})
                        </span>
                      </li>
                    ))}
                  </ul>
                )}
              </div>
            ))}
          </div>
        )}
      </Loaded>
    </Card>
  );
}
