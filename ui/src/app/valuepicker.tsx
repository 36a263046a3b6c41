/** A value of a dimension, found by typing: the dearest first, however many there are. */

import { Combobox, Loader, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { money } from "~/format/format";
import { useValues } from "./values";

export function ValuePicker({ dimension, onPick }: { dimension: string; onPick: (value: string) => void }) {
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed.trim(), 120);
  const combobox = useCombobox({ onDropdownOpen: () => combobox.updateSelectedOptionIndex("active") });
  const { data, isFetching } = useValues(dimension, q);
  const values = data?.values ?? [];
  const exact = typed.trim() !== "" && !values.some(({ value }) => value === typed.trim());
  const none = values.length === 0 && !exact;
  return (
    <Combobox store={combobox} withinPortal={false} onOptionSubmit={onPick}>
      <Combobox.Target>
        <TextInput
          label="Value"
          placeholder="Type to search"
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            combobox.openDropdown();
            combobox.selectFirstOption();
          }}
          onFocus={() => combobox.openDropdown()}
          onClick={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          rightSection={isFetching ? <Loader size={14} /> : null}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={260} style={{ overflowY: "auto" }} aria-label="Values" hidden={none}>
          {values.map(({ value, cost_usd }) => (
            <Combobox.Option key={value} value={value} title={value}>
              <span style={{ display: "flex", gap: 8, justifyContent: "space-between" }}>
                <span className="cut">{value || "(none)"}</span>
                <span className="num dim">{money(cost_usd)}</span>
              </span>
            </Combobox.Option>
          ))}
          {exact && <Combobox.Option value={typed.trim()}>Exactly “{typed.trim()}”</Combobox.Option>}
        </Combobox.Options>
        {none && <Combobox.Empty>{isFetching ? "Looking…" : "No value in this span"}</Combobox.Empty>}
      </Combobox.Dropdown>
    </Combobox>
  );
}
