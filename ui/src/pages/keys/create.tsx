/** Makes a key, shows its secret once, and how to use it. */

import {
  Alert,
  Autocomplete,
  Button,
  CopyButton,
  Group,
  Modal,
  Select,
  Tabs,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, client } from "~/api/client";
import { asProblem, type ProblemError } from "~/api/problem";
import type { components } from "~/api/schema";
import { IconCheck, IconCopy } from "~/app/icons";
import { faultsOf, keepEnter, OPTIONS_MOST } from "~/components/form";
import { ProblemView } from "~/components/states";
import classes from "./keys.module.css";
import { snippets } from "./snippets";

type Created = components["schemas"]["KeyCreated"];

interface CreateKeyProps {
  opened: boolean;
  onClose: () => void;
}

const FIELDS = [
  "label",
  "team",
  "product",
  "use_case",
  "environment",
  "models",
  "may_set",
  "expires",
] as const;
const MAY_SET = ["team", "product", "use_case", "environment"];
const ENDS = [
  { value: "", label: "Never" },
  { value: "24h", label: "In a day" },
  { value: "7d", label: "In 7 days" },
  { value: "30d", label: "In 30 days" },
  { value: "90d", label: "In 90 days" },
  { value: "365d", label: "In a year" },
];

export function CreateKey({ opened, onClose }: CreateKeyProps) {
  const [created, setCreated] = useState<Created | null>(null);
  const close = () => {
    onClose();
    setCreated(null);
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={created ? "The new key" : "Create a key"}
      size="lg"
      closeOnClickOutside={false}
    >
      {opened &&
        (created ? <Secret created={created} onDone={close} /> : <Ask onMade={setCreated} onClose={close} />)}
    </Modal>
  );
}

function useNames(kind: string): string[] {
  const { data } = api.useQuery("get", "/api/v1/estate", {});
  return (data?.documents ?? []).filter((each) => each.kind === kind).map((each) => String(each.name));
}

function Ask({ onMade, onClose }: { onMade: (created: Created) => void; onClose: () => void }) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: {
      label: "",
      team: "",
      product: "",
      use_case: "",
      environment: "production",
      models: [] as string[],
      may_set: [] as string[],
      expires: "90d",
    },
    validate: { team: (value) => (value.trim() ? null : "Say whose calls these are") },
  });
  const make = form.onSubmit(async (values) => {
    setBusy(true);
    setProblem(null);
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.length > 0));
    try {
      const { data } = await client.POST("/api/v1/keys", { body: given as typeof values });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/keys"] });
      onMade(data as Created);
    } catch (thrown) {
      const found = asProblem(thrown);
      const { fields, rest } = faultsOf(found, FIELDS);
      form.setErrors(fields);
      setProblem(rest ? found : null);
    } finally {
      setBusy(false);
    }
  });
  return (
    <form onSubmit={make} onKeyDown={keepEnter} className="stack">
      <TextInput
        label="Label"
        description="For people: what calls with it"
        placeholder="search-backend in production"
        data-autofocus
        {...form.getInputProps("label")}
      />
      <div className={classes.pair}>
        <Autocomplete
          limit={OPTIONS_MOST}
          label="Team"
          description="Who pays"
          withAsterisk
          data={useNames("team")}
          {...form.getInputProps("team")}
        />
        <Autocomplete
          limit={OPTIONS_MOST}
          label="Product"
          description="What it is for"
          data={useNames("product")}
          {...form.getInputProps("product")}
        />
        <Autocomplete
          limit={OPTIONS_MOST}
          label="Use case"
          description="The purpose in the product"
          data={useNames("use_case")}
          {...form.getInputProps("use_case")}
        />
        <Autocomplete
          limit={OPTIONS_MOST}
          label="Environment"
          description="Where it runs"
          data={[...new Set(["production", "staging", "development", ...useNames("environment")])]}
          {...form.getInputProps("environment")}
        />
      </div>
      <TagsInput
        label="Models"
        description="Names or patterns such as gpt-5*; none means all"
        placeholder="gpt-5-mini"
        data={useNames("model")}
        limit={OPTIONS_MOST}
        {...form.getInputProps("models")}
      />
      <div className={classes.pair}>
        <TagsInput
          label="The caller may set"
          description="Tags that a call may change by header"
          data={MAY_SET}
          {...form.getInputProps("may_set")}
        />
        <Select
          label="Ends"
          description="Then it stops by itself"
          data={ENDS}
          allowDeselect={false}
          {...form.getInputProps("expires")}
        />
      </div>
      {problem && <ProblemView error={problem} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={busy}>
          Create the key
        </Button>
      </Group>
    </form>
  );
}

function Secret({ created, onDone }: { created: Created; onDone: () => void }) {
  const { data: run } = api.useQuery("get", "/api/v1/gateway", {});
  const shown = snippets(run?.url ?? "http://127.0.0.1:4000", created.secret);
  return (
    <div className="stack">
      <Alert color="yellow" variant="light" title="This is the only time that the secret is shown">
        Keep it where the program reads its secrets. Bursar stores a hash of it and cannot show it again.
      </Alert>
      <div className={classes.secret}>
        <code data-testid="secret">{created.secret}</code>
        <Copy text={created.secret} what="the secret" />
      </div>
      <Tabs defaultValue="openai" keepMounted={false}>
        <Tabs.List aria-label="How to use it">
          {shown.map(({ id, name }) => (
            <Tabs.Tab key={id} value={id}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map(({ id, name, code }) => (
          <Tabs.Panel key={id} value={id} pt="xs">
            <div className={classes.code}>
              <pre>{code}</pre>
              <Copy text={code} what={`the lines for ${name}`} />
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
      <Group justify="flex-end">
        <Button onClick={onDone}>I have kept it</Button>
      </Group>
    </div>
  );
}

function Copy({ text, what }: { text: string; what: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          size="compact-xs"
          variant="default"
          onClick={copy}
          aria-label={`Copy ${what}`}
          leftSection={copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      )}
    </CopyButton>
  );
}
