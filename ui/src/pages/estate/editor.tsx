/** Documents as YAML: what they would change is shown before they are put in force. */

import { Button, Group, Modal, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "~/api/client";
import type { components } from "~/api/schema";
import { YAML_PATH } from "~/api/yaml";
import { Notice } from "~/components/page";
import { ProblemView } from "~/components/states";
import classes from "./estate.module.css";

type Planned = components["schemas"]["ApplyReply"];

interface EditorProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  first: string;
}

export function Editor({ opened, onClose, title, first }: EditorProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="xl" closeOnClickOutside={false}>
      {opened && <Form first={first} onClose={onClose} />}
    </Modal>
  );
}

function Form({ first, onClose }: { first: string; onClose: () => void }) {
  const queries = useQueryClient();
  const [text, setText] = useState(first);
  const [plan, setPlan] = useState<Planned | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (isDry: boolean) => {
    setBusy(true);
    setProblem(null);
    try {
      const { data } = await client.POST("/api/v1/estate/apply", {
        body: { files: [{ path: YAML_PATH, text }], dry_run: isDry } as never,
      });
      if (isDry) setPlan(data as Planned);
      else {
        await queries.invalidateQueries();
        onClose();
      }
    } catch (thrown) {
      setProblem(thrown);
      setPlan(null);
    }
    setBusy(false);
  };
  return (
    <div className="stack">
      <Textarea
        label="YAML"
        description="One or more documents, with --- between them"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setPlan(null);
        }}
        autosize
        minRows={12}
        maxRows={24}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }}
        data-autofocus
      />
      {problem !== null && <ProblemView error={problem} />}
      {plan && <Plan plan={plan} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button variant={plan ? "default" : "filled"} loading={busy} onClick={() => void send(true)}>
          Show what it changes
        </Button>
        {plan && (
          <Button loading={busy} onClick={() => void send(false)}>
            Put in force
          </Button>
        )}
      </Group>
    </div>
  );
}

function Plan({ plan }: { plan: Planned }) {
  const changed = plan.changes.filter(({ action }) => action !== "unchanged");
  return (
    <Notice {...(plan.warnings.length ? { tone: "warn" as const } : {})}>
      {changed.length === 0 ? (
        "Nothing would change."
      ) : (
        <ul className={classes.changes}>
          {changed.map((change) => (
            <li key={`${change.kind} ${change.name}`}>
              {change.action} {change.kind} {change.name}
              {change.fields.map(({ field, before, after }) => (
                <div key={field} className="dim">
                  {field}: {before ?? "–"} → {after ?? "–"}
                </div>
              ))}
            </li>
          ))}
        </ul>
      )}
      {plan.warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </Notice>
  );
}
