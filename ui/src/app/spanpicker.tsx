/** The span of time and the zone, for all pages at once. */

import { Button, Popover, Select, Stack, Text, UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { SkeletonBox } from "~/components/states";
import { browserZone } from "~/format/zone";
import { useShared, useSpan, useZone } from "~/state/hooks";
import { PRESET_NAMES, PRESETS, type Preset } from "~/state/span";
import { IconCalendar, IconChevronDown } from "./icons";
import classes from "./spanpicker.module.css";

const DayRange = lazy(() => import("./dayrange"));

/** `muted` where the page has a span of its own; the zone still counts. */
export function SpanPicker({ muted }: { muted: boolean }) {
  const [opened, setOpened] = useState(false);
  const span = useSpan();
  const zone = useZone();
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          h={32}
          px={10}
          onClick={() => setOpened((was) => !was)}
          leftSection={<IconCalendar size={15} />}
          rightSection={<IconChevronDown size={13} />}
        >
          <span className={classes.label}>
            {!muted && <b>{span.name}</b>}
            {!muted && <span className={classes.days}>{span.days}</span>}
            <span className={muted ? undefined : classes.zone}>{zone}</span>
          </span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Choices muted={muted} onDone={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Choices({ muted, onDone }: { muted: boolean; onDone: () => void }) {
  const [shared, set] = useShared();
  const [custom, setCustom] = useState(shared.span === "custom" || shared.from !== "");
  const choose = (span: Preset) => {
    if (span === "custom") {
      setCustom(true);
      return;
    }
    set({ span, from: "", to: "" });
    onDone();
  };
  const chosen = custom ? "custom" : shared.span;
  return (
    <div className={classes.choices}>
      {!muted && (
        <div className={classes.presets}>
          {PRESETS.map((preset) => (
            <UnstyledButton
              key={preset}
              className={classes.preset}
              data-chosen={preset === chosen}
              aria-pressed={preset === chosen}
              onClick={() => choose(preset)}
            >
              {PRESET_NAMES[preset]}
            </UnstyledButton>
          ))}
        </div>
      )}
      <Stack gap="xs">
        {!muted && custom && (
          <Suspense fallback={<SkeletonBox height={292} />}>
            <DayRange
              from={shared.from}
              to={shared.to}
              onChoose={(from, to) => {
                set({ span: "custom", from, to });
                onDone();
              }}
            />
          </Suspense>
        )}
        <ZoneChoice />
      </Stack>
    </div>
  );
}

function ZoneChoice() {
  const [{ tz }, set] = useShared();
  const zones = useMemo(
    () => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")],
    [],
  );
  return (
    <div>
      <Select
        label="Time zone"
        description="Days, weeks and months begin in it."
        data={zones}
        value={tz || browserZone()}
        onChange={(value) => set({ tz: value && value !== browserZone() ? value : "" })}
        searchable
        limit={50}
        nothingFoundMessage="No such zone"
        comboboxProps={{ withinPortal: false }}
      />
      {tz !== "" && (
        <Text size="xs" c="dimmed" mt={4}>
          This browser's own is {browserZone()}.
        </Text>
      )}
    </div>
  );
}
