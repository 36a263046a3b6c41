/** The filters that all figures share, as chips: dimension and value, each taken away by a click. */

import { Button, Popover, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSessionLost } from "~/session/signinagain";
import { isSessionLost } from "~/session/store";
import { useShared } from "~/state/hooks";
import { splitFilter } from "~/state/span";
import { IconFilter, IconX } from "./icons";
import classes from "./shell.module.css";
import { ValuePicker } from "./valuepicker";

const DIMENSIONS = ["team", "product", "use_case", "model", "environment", "provider", "key"];

export function FilterBar() {
  const [{ filter }, set] = useShared();
  return (
    <section className={classes.bar} aria-label="Filters">
      <AddFilter onAdd={(each) => set({ filter: [...new Set([...filter, each])] })} />
      {filter.map((each) => (
        <Chip
          key={each}
          filter={each}
          onRemove={() => set({ filter: filter.filter((one) => one !== each) })}
        />
      ))}
      {filter.length > 1 && (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={() => set({ filter: [] })}>
          Clear all
        </Button>
      )}
    </section>
  );
}

function Chip({ filter, onRemove }: { filter: string; onRemove: () => void }) {
  const [dimension, value] = splitFilter(filter);
  return (
    <span className={classes.chip} title={filter}>
      <span>
        <span className="dim">{dimension.replace("_", " ")}</span> {value || "(none)"}
      </span>
      <button type="button" onClick={onRemove} aria-label={`Remove the filter ${filter}`}>
        <IconX size={13} />
      </button>
    </span>
  );
}

function AddFilter({ onAdd }: { onAdd: (filter: string) => void }) {
  const [opened, setOpened] = useState(false);
  const lost = useSessionLost();
  const [dimension, setDimension] = useState("team");
  const [tag, setTag] = useState("");
  const name = dimension === "tag" ? `tag:${tag}` : dimension;
  return (
    <Popover
      opened={opened}
      // A click into the sign-in dialog is outside, too; what was typed here stays.
      onChange={(open) => (open || !isSessionLost()) && setOpened(open)}
      position="bottom-start"
      trapFocus={!lost}
      returnFocus
      width={290}
    >
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconFilter size={14} />}
          onClick={() => setOpened((was) => !was)}
        >
          Filter
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Select
            label="Dimension"
            data={[
              ...DIMENSIONS.map((each) => ({ value: each, label: each.replace("_", " ") })),
              { value: "tag", label: "another tag" },
            ]}
            value={dimension}
            onChange={(value) => setDimension(value ?? "team")}
            allowDeselect={false}
            comboboxProps={{ withinPortal: false }}
          />
          {dimension === "tag" && (
            <TextInput
              label="Tag"
              placeholder="cost-centre"
              value={tag}
              onChange={(event) => setTag(event.currentTarget.value.trim())}
            />
          )}
          <ValuePicker
            key={name}
            dimension={name}
            onPick={(value) => {
              onAdd(`${name}:${value}`);
              setOpened(false);
            }}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
