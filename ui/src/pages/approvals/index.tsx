/** Approvals: requests that wait for an answer, given with one click and a reason; and what was answered. */

import { Badge, Button, SegmentedControl } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { Confirm } from "~/components/confirm";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, ProblemView, SkeletonRows } from "~/components/states";
import { Ago, Instant } from "~/components/values";
import { count, money } from "~/format/format";
import { usePermissions } from "~/session/me";
import { useUrlState } from "~/state/hooks";
import { oneOf } from "~/state/url";
import classes from "./approvals.module.css";

type Approval = components["schemas"]["ApprovalReply"];

const STATES = ["open", "granted", "declined", "ended"] as const;
const STATE = { state: oneOf(STATES, "open") };
const COLOURS = { open: "yellow", granted: "teal", declined: "red", ended: "gray" } as const;
const REFRESH_MS = 5_000;

export default function Approvals() {
  const [{ state }, set] = useUrlState(STATE);
  const [answering, setAnswering] = useState<{ approval: Approval; yes: boolean } | null>(null);
  const query = api.useQuery(
    "get",
    "/api/v1/approvals",
    { params: { query: { state } } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <Page title="Approvals" subtitle="Calls that a rule lets through only after somebody said yes">
      <SegmentedControl
        aria-label="State"
        size="xs"
        value={state}
        onChange={(value) => set({ state: value as typeof state })}
        data={STATES.map((value) => ({ value, label: value }))}
        style={{ alignSelf: "flex-start" }}
      />
      <Loaded query={query} skeleton={<SkeletonRows rows={6} height={88} />} what="Approvals">
        {({ approvals }) =>
          approvals.length ? (
            <div className="stack">
              {approvals.map((approval) => (
                <Request key={approval.id} approval={approval} onAnswer={setAnswering} />
              ))}
            </div>
          ) : (
            <Card>
              <Empty title={state === "open" ? "Nothing waits for an answer" : `No request is ${state}`}>
                A policy with `require_approval` makes a request of the first call that it stops.
              </Empty>
            </Card>
          )
        }
      </Loaded>
      <Answer asked={answering} onClose={() => setAnswering(null)} />
    </Page>
  );
}

interface RequestProps {
  approval: Approval;
  onAnswer: (answer: { approval: Approval; yes: boolean }) => void;
}

function Request({ approval, onAnswer }: RequestProps) {
  const may = usePermissions();
  const { state, team, model, rule, key, reason, call, approver, escalated, asked_at } = approval;
  const name = approval.key_label || key;
  return (
    <article
      className={`card ${classes.request}`}
      aria-label={`Team ${team} asks for ${model} with the key ${name}`}
    >
      <div className={classes.what}>
        <h2 className={classes.title}>
          Team {team} asks for {model}{" "}
          <Badge size="sm" variant="light" color={COLOURS[state]}>
            {state}
          </Badge>
        </h2>
        <p className="dim">{reason || "The rule gives no reason."}</p>
        <p className={`dim plain ${classes.facts}`}>
          <span>
            asked <Ago at={asked_at} />
          </span>
          <RuleLink rule={rule} />
          <Link to="/calls" search={{ filter: [`key:${key}`] } as never}>
            calls of the key {name}
          </Link>
          {call && (
            <Link to="/calls/$callId" params={{ callId: call }}>
              the call that asked
            </Link>
          )}
          {state === "open" && approver && (
            <span>
              {escalated ? "now asked of" : "asked of"} {approver}
            </span>
          )}
        </p>
        {state !== "open" && <Answered approval={approval} />}
      </div>
      {state === "open" && may("approvals.answer") && (
        <div className="row">
          <Button variant="default" onClick={() => onAnswer({ approval, yes: false })}>
            Decline…
          </Button>
          <Button variant="default" onClick={() => onAnswer({ approval, yes: true })}>
            Approve with a word…
          </Button>
          <Approve approval={approval} />
        </div>
      )}
    </article>
  );
}

/** policy/NAME and tier/NAME lead to their documents; rules that an alert made have none. */
function RuleLink({ rule }: { rule: string }) {
  const [kind = "", name = ""] = rule.split("/");
  if (!/^[a-z0-9-]+$/.test(name)) return <span>{rule}</span>;
  return (
    <Link to="/estate/$kind/$name" params={{ kind, name }}>
      {rule}
    </Link>
  );
}

function Answered({ approval }: { approval: Approval }) {
  const { decided_by, decided_at, answer, until, calls_max, calls_used, usd_max, usd_used } = approval;
  return (
    <p className={classes.facts}>
      <span>
        {decided_by || "nobody"}, <Instant at={decided_at} />: {answer || "no word"}
      </span>
      {until && (
        <span>
          until <Instant at={until} />
        </span>
      )}
      {calls_max !== null && (
        <span>
          {count(calls_used)} of {count(calls_max)} calls
        </span>
      )}
      {usd_max !== null && (
        <span>
          {money(usd_used)} of {money(usd_max)}
        </span>
      )}
    </p>
  );
}

const GRANTED = { until: "7d", reason: "approved in the console" };

/** The answer that most requests get, by one click; it ends by itself. */
function Approve({ approval }: { approval: Approval }) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const approve = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const params = { path: { request_id: approval.id } };
      await client.POST("/api/v1/approvals/{request_id}/grant", { params, body: GRANTED });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/approvals"] });
    } catch (thrown) {
      setProblem(thrown);
    }
    setBusy(false);
  };
  return (
    <>
      {problem !== null && <ProblemView error={problem} />}
      <Button loading={busy} onClick={() => void approve()}>
        Approve for 7 days
      </Button>
    </>
  );
}

interface AnswerProps {
  asked: { approval: Approval; yes: boolean } | null;
  onClose: () => void;
}

function Answer({ asked, onClose }: AnswerProps) {
  const queries = useQueryClient();
  const yes = asked?.yes ?? true;
  const answer = async (reason: string) => {
    if (!asked) return;
    const params = { path: { request_id: asked.approval.id } };
    if (yes) {
      await client.POST("/api/v1/approvals/{request_id}/grant", { params, body: { until: "7d", reason } });
    } else {
      await client.POST("/api/v1/approvals/{request_id}/decline", { params, body: { reason } });
    }
    await queries.invalidateQueries({ queryKey: ["get", "/api/v1/approvals"] });
  };
  return (
    <Confirm
      opened={asked !== null}
      onClose={onClose}
      title={yes ? "Approve" : "Decline"}
      action={yes ? "Approve for 7 days" : "Decline"}
      danger={!yes}
      reason
      onConfirm={answer}
    >
      {yes
        ? `Calls of this key to ${asked?.approval.model} pass within a second, for 7 days.`
        : "Whoever asks the same in the next day is told so, with your reason."}
    </Confirm>
  );
}
