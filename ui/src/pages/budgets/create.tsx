/** Makes a budget: the form writes the estate document, shows what it would have meant, and applies it. */

import { Autocomplete, Button, Group, Modal, NumberInput, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { keepEnter, OPTIONS_MOST } from "~/components/form";
import { Notice } from "~/components/page";
import { ProblemView } from "~/components/states";
import { Instant } from "~/components/values";
import classes from "./budgets.module.css";

interface Wanted {
  name: string;
  owner: string;
  amount: string;
  unit: "usd" | "tokens" | "calls";
  period: "day" | "week" | "month" | "quarter" | "year";
  dimension: string;
  value: string;
  each: string;
  mode: "hard" | "soft";
  parent: string;
  warnAt: number;
  budgetClass: "production" | "experiment";
  expires: string;
}

/** The estate document of what was filled in. */
export function documentOf(wanted: Wanted): Record<string, unknown> {
  const { name, owner, amount, unit, period, dimension, value, each, mode, parent, warnAt } = wanted;
  const { budgetClass, expires } = wanted;
  return {
    kind: "budget",
    name: name.trim(),
    owner: owner.trim(),
    amount: amount.trim(),
    unit,
    period,
    mode,
    ...(dimension && value.trim() ? { scope: { [dimension]: value.trim() } } : {}),
    ...(each ? { each } : {}),
    ...(parent.trim() ? { parent: parent.trim() } : {}),
    ...(budgetClass === "experiment" ? { class: budgetClass } : {}),
    ...(expires ? { expires } : {}),
    ...(warnAt > 0 ? { thresholds: [{ at: warnAt }] } : {}),
  };
}

type Effect = components["schemas"]["EffectReply"];

export function CreateBudget({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Create a budget" size="lg" closeOnClickOutside={false}>
      {opened && <Form onClose={onClose} />}
    </Modal>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const [effect, setEffect] = useState<Effect | null>(null);
  const [busy, setBusy] = useState(false);
  const budgets = api.useQuery("get", "/api/v1/budgets", {});
  const form = useForm<Wanted>({
    initialValues: {
      name: "",
      owner: "",
      amount: "",
      unit: "usd",
      period: "month",
      dimension: "team",
      value: "",
      each: "",
      mode: "hard",
      parent: "",
      warnAt: 80,
      budgetClass: "production",
      expires: "",
    },
    validate: {
      name: (text) =>
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text.trim()) ? null : "Letters, digits, . _ -",
      owner: (text) => (text.trim() ? null : "Say who answers for it"),
      amount: (text) => (/^\d{1,12}(\.\d{1,12})?$/.test(text.trim()) ? null : "A number such as 500.00"),
      expires: (text, { budgetClass }) =>
        budgetClass === "experiment" && !text ? "An experiment has an end" : null,
    },
    onValuesChange: () => setEffect(null),
  });
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (thrown) {
      setProblem(thrown);
    }
    setBusy(false);
  };
  const look = form.onSubmit((wanted) =>
    attempt(async () => {
      const body = { documents: [documentOf(wanted)], days: 30 };
      const { data } = await client.POST("/api/v1/policy/effect", { body: body as never });
      setEffect(data as Effect);
    }),
  );
  const make = () =>
    attempt(async () => {
      await client.POST("/api/v1/estate/apply", { body: { documents: [documentOf(form.values)] } as never });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/budgets"] });
      onClose();
    });
  return (
    <form onSubmit={look} onKeyDown={keepEnter} className="stack">
      <div className={classes.pair}>
        <Select
          label="What for"
          data={[
            { value: "production", label: "lasting work" },
            { value: "experiment", label: "an experiment, which ends" },
          ]}
          allowDeselect={false}
          {...form.getInputProps("budgetClass")}
        />
        <TextInput
          label="Ends"
          description="The first day on which it is over; empty: never"
          type="date"
          {...form.getInputProps("expires")}
        />
        <TextInput label="Name" withAsterisk data-autofocus {...form.getInputProps("name")} />
        <TextInput
          label="Owner"
          withAsterisk
          placeholder="ana@example.com"
          {...form.getInputProps("owner")}
        />
        <TextInput label="Amount" withAsterisk placeholder="500.00" {...form.getInputProps("amount")} />
        <Select
          label="Unit"
          data={["usd", "tokens", "calls"]}
          allowDeselect={false}
          {...form.getInputProps("unit")}
        />
        <Select
          label="Period"
          data={["day", "week", "month", "quarter", "year"]}
          allowDeselect={false}
          {...form.getInputProps("period")}
        />
        <Select
          label="At the limit"
          data={[
            { value: "hard", label: "refuse calls" },
            { value: "soft", label: "only warn" },
          ]}
          allowDeselect={false}
          {...form.getInputProps("mode")}
        />
        <Select
          label="Pays for calls of"
          data={["team", "product", "use_case", "environment", "model", "provider", "key"]}
          allowDeselect={false}
          {...form.getInputProps("dimension")}
        />
        <TextInput label="Which one" description="Empty: all calls" {...form.getInputProps("value")} />
        <Select
          label="One for each"
          description="Split into a budget for every value"
          data={[{ value: "", label: "no" }, "team", "product", "use_case", "environment", "model", "key"]}
          allowDeselect={false}
          {...form.getInputProps("each")}
        />
        <Autocomplete
          label="Inside of"
          description="A parent that has the money"
          data={(budgets.data?.budgets ?? []).map(({ name }) => name)}
          limit={OPTIONS_MOST}
          {...form.getInputProps("parent")}
        />
        <NumberInput
          label="Tell the owner at"
          description="Percent of the limit; 0: never"
          min={0}
          max={100}
          suffix=" %"
          {...form.getInputProps("warnAt")}
        />
      </div>
      {problem !== null && <ProblemView error={problem} />}
      {effect && <EffectOf effect={effect} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" variant={effect ? "default" : "filled"} loading={busy}>
          Show its effect
        </Button>
        {effect && (
          <Button onClick={make} loading={busy}>
            Create the budget
          </Button>
        )}
      </Group>
    </form>
  );
}

function EffectOf({ effect }: { effect: Effect }) {
  const runOuts = effect.budgets;
  return (
    <Notice {...(runOuts.length ? { tone: "warn" as const } : {})}>
      {runOuts.length === 0 ? (
        "With the calls of the last 30 days it would not have run out."
      ) : (
        <ul className={classes.ladder}>
          {runOuts.map((each) => (
            <li key={`${each.value} ${each.period_begins_at}`}>
              {each.budget} {each.value} would have run out on <Instant at={each.runs_out_at} />
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
