/** The calendar of a custom span; a part of its own, since few open it. */

import "@mantine/dates/styles.css";
import { Button, Group } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { useState } from "react";

interface DayRangeProps {
  /** Days or instants; `to` is the first that is not in the span. */
  from: string;
  to: string;
  onChoose: (from: string, to: string) => void;
}

function nextDay(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

const LABELS = { previousMonth: "The month before", nextMonth: "The next month" };

export default function DayRange({ from, to, onChoose }: DayRangeProps) {
  const [range, setRange] = useState<[string | null, string | null]>([
    from.slice(0, 10) || null,
    to ? nextDay(to.slice(0, 10), -1) : null,
  ]);
  const [first, last] = range;
  return (
    <div>
      <DatePicker
        type="range"
        size="xs"
        value={range}
        onChange={setRange}
        allowSingleDateInRange
        hideOutsideDates
        weekendDays={[]}
        ariaLabels={LABELS}
      />
      <Group justify="flex-end" mt="xs">
        <Button disabled={!first || !last} onClick={() => first && last && onChoose(first, nextDay(last, 1))}>
          Show these days
        </Button>
      </Group>
    </div>
  );
}
