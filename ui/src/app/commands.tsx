/** What the palette finds: pages, teams, products, models, budgets, keys, a call by its id, actions. */

import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { api } from "~/api/client";
import { money } from "~/format/format";
import { usePermissions } from "~/session/me";
import classes from "./commands.module.css";
import { openShortcuts } from "./events";
import { PLACES } from "./navigation";
import { useScheme } from "./scheme";
import { useValues } from "./values";

interface Command {
  id: string;
  group: string;
  name: string;
  note?: string;
  run: () => void;
}

const CALL_ID = /^[0-9a-f]{8}(?:-?[0-9a-f]{1,4}){0,6}/i;
const SHOWN = 6;

/** What can be made, and the page whose form makes it. */
const MAKERS = [
  { name: "Create a key", to: "/keys", kind: "", permission: "keys.write" },
  { name: "Create a budget", to: "/budgets", kind: "", permission: "estate.write" },
  { name: "Add a policy", to: "/estate/$kind", kind: "policy", permission: "estate.write" },
  { name: "Add a team", to: "/estate/$kind", kind: "team", permission: "estate.write" },
] as const;

function fits(name: string, typed: string): boolean {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => name.toLowerCase().includes(word));
}

/** The commands in the order in which they are shown. */
function useCommands(typed: string): Command[] {
  const navigate = useNavigate();
  const may = usePermissions();
  const { setColorScheme } = useScheme();
  const [q] = useDebouncedValue(typed, 120);
  const found: Command[] = [];
  if (CALL_ID.test(typed) && may("calls.read")) {
    found.push({
      id: "call",
      group: "Calls",
      name: `Open the call ${typed}`,
      run: () => void navigate({ to: "/calls/$callId", params: { callId: typed } }),
    });
  }
  for (const { name, to, permission, letter } of PLACES) {
    if ((!permission || may(permission)) && fits(name, typed)) {
      found.push({ id: to, group: "Pages", name, note: `g ${letter}`, run: () => void navigate({ to }) });
    }
  }
  const values = useFoundValues(q);
  const named = useNamed(q);
  const actions: Command[] = [
    ...MAKERS.filter(({ permission }) => may(permission)).map(({ name, to, kind }) => ({
      id: name,
      group: "Actions",
      name,
      run: () => void navigate({ to, params: { kind }, search: { new: "1" } as never }),
    })),
    { id: "light", group: "Actions", name: "Light colours", run: () => setColorScheme("light") },
    { id: "dark", group: "Actions", name: "Dark colours", run: () => setColorScheme("dark") },
    { id: "keys", group: "Actions", name: "Keyboard shortcuts", note: "?", run: openShortcuts },
  ];
  return [...found, ...values, ...named, ...actions.filter(({ name }) => fits(name, typed))];
}

function useFoundValues(q: string): Command[] {
  const navigate = useNavigate();
  const may = usePermissions();
  const enabled = q.length > 0 && may("usage.read");
  const options = { limit: SHOWN, enabled };
  const lists = {
    team: useValues("team", q, options).data,
    product: useValues("product", q, options).data,
    model: useValues("model", q, options).data,
  };
  if (!enabled) return [];
  return Object.entries(lists).flatMap(([dimension, data]) =>
    (data?.values ?? []).map(({ value, cost_usd }) => ({
      id: `${dimension}:${value}`,
      group: `${dimension.charAt(0).toUpperCase()}${dimension.slice(1)}s`,
      name: value || "(none)",
      note: money(cost_usd),
      run: () =>
        void navigate({
          to: "/explore",
          search: { by: dimension, filter: [`${dimension}:${value}`] } as never,
        }),
    })),
  );
}

function useNamed(q: string): Command[] {
  const navigate = useNavigate();
  const may = usePermissions();
  const asks = q.length > 0;
  const budgets = api.useQuery("get", "/api/v1/budgets", {}, { enabled: asks && may("budgets.read") });
  const keys = api.useQuery("get", "/api/v1/keys", {}, { enabled: asks && may("keys.read") });
  if (!asks) return [];
  const budgetNames = [...new Set((budgets.data?.budgets ?? []).map(({ name }) => name))];
  return [
    ...budgetNames
      .filter((name) => fits(name, q))
      .slice(0, SHOWN)
      .map((name) => ({
        id: `budget:${name}`,
        group: "Budgets",
        name,
        run: () => void navigate({ to: "/budgets/$name", params: { name } }),
      })),
    ...(keys.data?.keys ?? [])
      .filter(({ id, label }) => fits(`${label ?? ""} ${id}`, q))
      .slice(0, SHOWN)
      .map(({ id, label }) => ({
        id: `key:${id}`,
        group: "Keys",
        name: label || id,
        note: id,
        run: () => void navigate({ to: "/keys", search: { q: id } as never }),
      })),
  ];
}

export default function Commands({ onDone }: { onDone: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const commands = useCommands(typed.trim());
  const chosen = Math.min(at, commands.length - 1);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-place="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onDone();
    command.run();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((chosen + step + commands.length) % Math.max(commands.length, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(commands[chosen]);
    }
  };
  return (
    <div>
      <input
        className={classes.input}
        data-autofocus
        // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type
        autoFocus
        placeholder="Page, team, model, budget, key, call id…"
        aria-label="Search and commands"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={commands.length ? `${id}-${chosen}` : undefined}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <div
        className={classes.list}
        hidden={commands.length === 0}
        id={`${id}-list`}
        role="listbox"
        aria-label="Found"
        ref={list}
      >
        {commands.map((command, place) => (
          <Option
            key={command.id}
            id={`${id}-${place}`}
            place={place}
            command={command}
            first={command.group !== commands[place - 1]?.group}
            chosen={place === chosen}
            onPoint={() => setAt(place)}
            onRun={() => run(command)}
          />
        ))}
      </div>
      {commands.length === 0 && (
        <div className={classes.none} role="status">
          Nothing is called that.
        </div>
      )}
    </div>
  );
}

interface OptionProps {
  id: string;
  place: number;
  command: Command;
  first: boolean;
  chosen: boolean;
  onPoint: () => void;
  onRun: () => void;
}

function Option({ id, place, command, first, chosen, onPoint, onRun }: OptionProps) {
  return (
    <>
      {first && (
        <div className={classes.group} role="presentation">
          {command.group}
        </div>
      )}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input, as in any combobox */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input takes the keys */}
      <div
        id={id}
        data-place={place}
        className={classes.option}
        role="option"
        aria-selected={chosen}
        onMouseMove={onPoint}
        onClick={onRun}
      >
        <span className="cut" title={command.name}>
          {command.name}
        </span>
        {command.note && <span className={classes.note}>{command.note}</span>}
      </div>
    </>
  );
}
