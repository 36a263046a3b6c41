/** What moved the cost, by price, volume and mix: the parts add up to the difference, exactly. */

import { CloseButton, Select } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Card } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Money } from "~/components/values";
import { pico } from "~/format/exact";
import { count, money, moneyExact } from "~/format/format";
import { knownOf } from "~/format/known";
import { instant } from "~/format/zone";

type Part = components["schemas"]["ChangedPart"];
const DIMENSIONS = ["team", "product", "use_case", "model", "environment", "key"] as const;

interface MovedProps {
  from: string;
  to?: string;
  tz: string;
  onClose?: () => void;
}

export function Moved({ from, to = "now", tz, onClose }: MovedProps) {
  const [by, setBy] = useState<string>("team");
  const query = api.useQuery("get", "/api/v1/changes", {
    params: { query: { from, to, by, tz, top: 8, compare: "week" } },
  });
  const data = query.data;
  const span = data
    ? `${instant(data.from, tz, "minute")} – ${instant(data.to, tz, "minute")} against the same weekdays before, ${instant(data.before_from, tz, "minute")} – ${instant(data.before_to, tz, "minute")}${knownOf(data.before_known_since, data.before_to, tz)}`
    : "";
  return (
    <Card
      title="What moved"
      note={
        <span className="row">
          <span>{span}</span>
          <Select
            aria-label="By"
            size="xs"
            w={130}
            data={DIMENSIONS.map((name) => ({ value: name, label: name.replaceAll("_", " ") }))}
            value={by}
            onChange={(value) => setBy(value ?? "team")}
            allowDeselect={false}
          />
          {onClose && <CloseButton size="sm" aria-label="Close" onClick={onClose} />}
        </span>
      }
      flush
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={7} />} what="What moved">
        {(answer) =>
          answer.parts.length ? (
            <DataTable
              label="What moved the cost"
              rows={answer.parts}
              columns={columnsOf(answer.total, answer)}
              rowKey={({ value }) => value ?? "\u0000rest"}
              height={380}
              note={sentence(answer.total)}
            />
          ) : (
            <Empty title="No calls in either span" />
          )
        }
      </Loaded>
    </Card>
  );
}

/** "$12.30 more: price -$1.00, volume +$10.00, mix +$3.30". */
function sentence({ delta, price, volume, mix }: Part): string {
  const more = pico(delta) < 0n ? `${money(delta.slice(1))} less` : `${money(delta)} more`;
  return `${more} than before: price ${signed(price)}, volume ${signed(volume)}, mix ${signed(mix)}`;
}

function signed(text: string): string {
  const amount = pico(text);
  return amount > 0n ? `+${money(text)}` : amount < 0n ? `−${money(text.slice(1))}` : money("0");
}

function Signed({ value }: { value: string }) {
  return (
    <span className="num" title={moneyExact(value)}>
      {signed(value)}
    </span>
  );
}

interface Ends {
  from: string;
  to: string;
  by: string;
}

function columnsOf(total: Part, { from, to, by }: Ends): Column<Part>[] {
  const amount = (id: "price" | "volume" | "mix" | "delta", name: string, title: string): Column<Part> => ({
    id,
    name,
    title,
    kind: "money",
    width: 118,
    value: (part) => part[id],
    cell: (part) => <Signed value={part[id]} />,
    total: <Signed value={total[id]} />,
  });
  return [
    {
      id: "value",
      name: by.replaceAll("_", " "),
      value: ({ value, groups }) => value ?? `${count(groups)} others`,
      cell: ({ value, groups }) =>
        value === null ? (
          <span className="dim">{count(groups)} others</span>
        ) : (
          <Link
            className="cut plain"
            to="/calls"
            search={{ span: "custom", from: short(from), to: short(to), filter: [`${by}:${value}`] } as never}
            title={`${value}: its calls`}
          >
            {value || "(none)"}
          </Link>
        ),
      total: "Total",
    },
    {
      id: "before",
      name: "Before",
      kind: "money",
      width: 118,
      value: ({ before }) => before,
      cell: ({ before }) => <Money value={before} />,
      total: <Money value={total.before} />,
    },
    {
      id: "after",
      name: "Now",
      kind: "money",
      width: 118,
      value: ({ after }) => after,
      cell: ({ after }) => <Money value={after} />,
      total: <Money value={total.after} />,
    },
    amount("delta", "Change", "Price, volume and mix add up to it"),
    amount("price", "Price", "Because a token costs another price than before"),
    amount("volume", "Volume", "Because all together was used more or less"),
    amount("mix", "Mix", "Because it grew more or less than all together; all of what is new"),
  ];
}

/** Instants as the address takes them. */
function short(text: string): string {
  return new Date(text).toISOString().replace(".000Z", "Z");
}
