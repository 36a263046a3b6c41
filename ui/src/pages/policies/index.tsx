/** Policies: tiers and rules, who answers for them; a call tried against them, and what a change would have done. */

import { Autocomplete, Badge, Button, Group, NumberInput, Select, Tabs, Textarea } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { YAML_PATH } from "~/api/yaml";
import { verdictColour } from "~/colours/verdicts";
import { OPTIONS_MOST } from "~/components/form";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, ProblemView, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Name } from "~/components/values";
import classes from "~/pages/calls/call.module.css";
import { useMe, usePermissions } from "~/session/me";
import { useUrlState } from "~/state/hooks";
import { oneOf } from "~/state/url";
import { EffectShown } from "./effects";
import rows from "./policies.module.css";
import { allowedOf, callsOf, type Document, effectName, effectOf, either, needsOf, validOf } from "./words";

type Explained = components["schemas"]["ExplainReply"];
type Effect = components["schemas"]["EffectReply"];

const TABS = ["policies", "tiers", "try", "effect"] as const;
const STATE = { tab: oneOf(TABS, "policies") };

export default function Policies() {
  const [{ tab }, set] = useUrlState(STATE);
  return (
    <Page title="Policies" subtitle="Rules that guide a call before they stop it">
      <Tabs
        value={tab}
        onChange={(value) => set({ tab: (value ?? "policies") as typeof tab })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="policies">Rules</Tabs.Tab>
          <Tabs.Tab value="tiers">Tiers</Tabs.Tab>
          <Tabs.Tab value="try">Try a call</Tabs.Tab>
          <Tabs.Tab value="effect">Effect of a change</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="policies">
          <Documents kind="policy" what="policies" />
        </Tabs.Panel>
        <Tabs.Panel value="tiers">
          <Documents kind="tier" what="tiers" />
        </Tabs.Panel>
        <Tabs.Panel value="try">
          <TryCall />
        </Tabs.Panel>
        <Tabs.Panel value="effect">
          <EffectOfChange />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Documents({ kind, what }: { kind: "policy" | "tier"; what: string }) {
  const navigate = useNavigate();
  const query = api.useQuery("get", "/api/v1/estate", { params: { query: { kind } } });
  const { data: me } = useMe();
  return (
    <Card flush>
      {me?.sees_everything === false && (
        <p className={`dim ${rows.part}`}>
          Teams and products that you do not see are left out of what is said here.
        </p>
      )}
      <Loaded query={query} skeleton={<SkeletonRows rows={8} />} what={what}>
        {({ documents }) =>
          documents.length ? (
            <DataTable
              label={what}
              rows={documents as Document[]}
              columns={COLUMNS[kind]}
              rowKey={({ name }) => String(name)}
              height={620}
              wraps
              onOpen={({ name }) =>
                void navigate({ to: "/estate/$kind/$name", params: { kind, name: String(name) } })
              }
            />
          ) : (
            <Empty title={`No ${what} yet`}>
              Declare them in the estate; `Effect of a change` shows first what they do.
            </Empty>
          )
        }
      </Loaded>
    </Card>
  );
}

const NAME: Column<Document> = {
  id: "name",
  name: "Name",
  value: ({ name }) => String(name),
  width: 180,
  narrow: 112,
  cell: ({ kind, name }) => (
    <Link className="cut plain" to="/estate/$kind/$name" params={{ kind: String(kind), name: String(name) }}>
      {String(name)}
    </Link>
  ),
};
const OWNER: Column<Document> = {
  id: "owner",
  name: "Owner",
  title: "Who answers for it",
  value: ({ owner }) => String(owner ?? ""),
  width: 190,
  narrow: false,
};

/** A column of words, cut where they are long and whole in the title. */
function said(
  id: string,
  name: string,
  say: (document: Document) => string,
  width?: number,
): Column<Document> {
  const cell = (document: Document) => <Name>{say(document) || "–"}</Name>;
  return { id, name, value: say, cell, ...(width ? { width } : {}) };
}

const COLUMNS: Record<"policy" | "tier", Column<Document>[]> = {
  policy: [
    NAME,
    said("calls", "Calls of", ({ match, when, ...rest }) =>
      [callsOf(match, when), validOf(rest)].filter(Boolean).join(", "),
    ),
    {
      ...said("effect", "What becomes of them", ({ effect }) => effectOf(effect), 300),
      narrow: 118,
      cell: ({ effect }) => (
        <span className={rows.effect}>
          <Badge size="sm" variant="light" color={verdictColour(effectName(effect))} tt="none">
            {effectName(effect).replaceAll("_", " ")}
          </Badge>
          <Name>{effectOf(effect)}</Name>
        </span>
      ),
    },
    OWNER,
    { ...said("reason", "Reason", ({ reason }) => String(reason ?? ""), 210), narrow: false },
  ],
  tier: [
    NAME,
    said("models", "Models", ({ models }) => either(models, "and")),
    said("allowed", "Who may use them", allowedOf, 250),
    said("needs", "A call needs", needsOf, 250),
    OWNER,
    { ...said("title", "What it is", ({ title }) => String(title ?? ""), 240), hidden: true },
  ],
};

/** A call that nobody has made, held against the rules in force, one by one. */
function TryCall() {
  const may = usePermissions();
  const keys = api.useQuery("get", "/api/v1/keys", {}, { enabled: may("keys.read") });
  const estate = api.useQuery("get", "/api/v1/estate", { params: { query: { kind: "model" } } });
  const [key, setKey] = useState<string | null>(null);
  const [model, setModel] = useState("");
  const [output, setOutput] = useState<number | string>(1000);
  const [found, setFound] = useState<Explained | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const explain = async () => {
    setProblem(null);
    try {
      const { data } = await client.POST("/api/v1/policy/explain", {
        body: { key: key ?? "", model: model.trim(), output_tokens: Number(output) || 0 } as never,
      });
      setFound(data as Explained);
    } catch (thrown) {
      setFound(null);
      setProblem(thrown);
    }
  };
  if (!may("keys.read"))
    return (
      <Card>
        <Empty title="A call is tried with a key">Your roles do not include seeing keys.</Empty>
      </Card>
    );
  return (
    <div className="stack">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void explain();
        }}
      >
        <Group align="flex-end" gap="xs">
          <Select
            label="Key"
            data={(keys.data?.keys ?? [])
              .filter(({ status }) => status === "live")
              .map(({ id, label, team }) => ({ value: id, label: `${label || id} (${team})` }))}
            value={key}
            onChange={setKey}
            searchable
            w={320}
          />
          <Autocomplete
            limit={OPTIONS_MOST}
            label="Model"
            data={(estate.data?.documents ?? []).map((each) => String(each.name))}
            value={model}
            onChange={setModel}
            w={220}
          />
          <NumberInput label="Longest answer, tokens" value={output} onChange={setOutput} min={0} w={170} />
          <Button type="submit" disabled={!key || !model.trim()}>
            Try it
          </Button>
        </Group>
      </form>
      {problem !== null && <ProblemView error={problem} />}
      {found && (
        <Card title={`It would be: ${found.verdict.replaceAll("_", " ")}`} note={answererOf(found)}>
          <div className="stack">
            {found.steps.map((step) => (
              <div key={`${step.model} ${step.provider}`}>
                <p className={classes.step}>
                  <Badge variant="light" color={verdictColour(step.verdict)}>
                    {step.verdict.replaceAll("_", " ")}
                  </Badge>{" "}
                  {step.model} at {step.provider || "its provider"} {step.rule}{" "}
                  <span className="dim">{step.reason}</span>
                </p>
                <ul className={classes.list}>
                  {step.rules.map((said) => (
                    <li key={said.rule}>
                      <span>{said.rule}</span>
                      <span className="dim">
                        {said.fits ? "fits" : "does not fit"}: {said.outcome} ({said.effect})
                      </span>
                    </li>
                  ))}
                </ul>
              </div>
            ))}
          </div>
        </Card>
      )}
    </div>
  );
}

function answererOf({ verdict, model }: Explained): string {
  if (verdict === "deny" || verdict === "require_tags") return "no model would answer";
  return verdict === "require_approval" ? `${model} would answer after a yes` : `${model} would answer`;
}

const EXAMPLE = `kind: policy
name: small-models-for-staging
owner: cfo@example.com
match: {environment: staging, model: "gpt-5*"}
effect: {reroute_to: gpt-5-mini}
reason: staging needs no large model
`;

/** Documents that are not in force, held against the calls of the last 30 days. */
function EffectOfChange() {
  const [text, setText] = useState(EXAMPLE);
  const [effect, setEffect] = useState<Effect | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const look = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const { data } = await client.POST("/api/v1/policy/effect", {
        body: { files: [{ path: YAML_PATH, text }], days: 30 } as never,
      });
      setEffect(data as Effect);
    } catch (thrown) {
      setEffect(null);
      setProblem(thrown);
    }
    setBusy(false);
  };
  return (
    <div className="stack">
      <Textarea
        label="Tiers, policies and budgets as YAML"
        description="Nothing is changed: the calls of the last 30 days are held against them"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={8}
        maxRows={20}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }}
      />
      <Group>
        <Button loading={busy} onClick={() => void look()}>
          Show the effect
        </Button>
      </Group>
      {problem !== null && <ProblemView error={problem} />}
      {effect && <EffectShown effect={effect} />}
    </div>
  );
}
