/** Keys: who calls with which tags, what they spend, when they were last used; made and ended here. */

import { Badge, Button, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { IconPlus, IconSearch } from "~/app/icons";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Ago, Instant, Money, Name } from "~/components/values";
import { sum } from "~/format/exact";
import { usePermissions } from "~/session/me";
import { useUrlState, useZone } from "~/state/hooks";
import { useNow } from "~/state/now";
import { spanOf } from "~/state/span";
import { flag, oneOf, text } from "~/state/url";
import { CreateKey } from "./create";
import { RevokeKey } from "./revoke";

type Key = components["schemas"]["KeyReply"];
/** A key with what the ledger knows of it. */
interface Used extends Key {
  cost: string;
  lastUsed: string | undefined;
}

const STATE = { q: text(), status: oneOf(["live", "expired", "revoked", "all"], "live"), new: flag() };
const STATUS_COLOURS = { live: "teal", expired: "gray", revoked: "red" } as const;

export default function Keys() {
  const may = usePermissions();
  const [{ q, status, new: creating }, set] = useUrlState(STATE);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const keys = api.useQuery("get", "/api/v1/keys");
  const rows = useRows(keys.data?.keys, q, status);
  const columns = useMemo(() => columnsOf(may("keys.write"), setRevoking, rows), [may, rows]);
  return (
    <Page
      title="Keys"
      subtitle="What programs call with: each key carries its owner's tags, and may be limited or ended"
      actions={
        <Tooltip label="Your roles do not include making keys" disabled={may("keys.write")}>
          <Button
            title={may("keys.write") ? undefined : "Your roles do not include making keys"}
            leftSection={<IconPlus size={15} />}
            onClick={() => set({ new: true })}
            disabled={!may("keys.write")}
          >
            Create a key
          </Button>
        </Tooltip>
      }
    >
      <div className="row">
        <TextInput
          aria-label="Search keys"
          placeholder="Label, id, team, product"
          leftSection={<IconSearch size={14} />}
          value={q}
          onChange={(event) => set({ q: event.currentTarget.value }, { replace: true })}
          w={260}
        />
        <SegmentedControl
          aria-label="Status"
          size="xs"
          value={status}
          onChange={(value) => set({ status: value as typeof status })}
          data={[
            { value: "live", label: "Live" },
            { value: "expired", label: "Expired" },
            { value: "revoked", label: "Revoked" },
            { value: "all", label: "All" },
          ]}
        />
      </div>
      <Card flush>
        <Loaded query={keys} skeleton={<SkeletonRows rows={10} />} what="Keys">
          {(data) =>
            rows.length ? (
              <DataTable label="Keys" rows={rows} columns={columns} rowKey={({ id }) => id} height={640} />
            ) : data.keys.length ? (
              <Empty title="No key fits">Change the search or the status above.</Empty>
            ) : (
              <Empty title="No keys yet">
                Programs call the gateway with a key of Bursar's in place of the provider's own. Create the
                first one, or use <code>bursar key create</code>.
              </Empty>
            )
          }
        </Loaded>
      </Card>
      <CreateKey opened={creating && may("keys.write")} onClose={() => set({ new: false })} />
      <RevokeKey target={revoking} onClose={() => setRevoking(null)} />
    </Page>
  );
}

/** The keys that are asked for, with their cost of 30 days and their last use. */
function useRows(keys: Key[] | undefined, q: string, status: string): Used[] {
  const tz = useZone();
  const now = useNow(60_000);
  const { from } = spanOf({ tz }, now);
  const spent = api.useQuery("get", "/api/v1/explore", {
    params: { query: { from, by: "key", grain: "none", measure: "cost", top: 200, tz } },
  });
  const use = api.useQuery("get", "/api/v1/keys/use");
  return useMemo(() => {
    const cost = new Map(spent.data?.series.map(({ key, total }) => [key.key ?? "", String(total ?? "0")]));
    const last = new Map(use.data?.keys.map(({ id, last_used_at }) => [id, last_used_at]));
    const wanted = q.trim().toLowerCase();
    return (keys ?? [])
      .filter((key) => status === "all" || key.status === status)
      .filter((key) =>
        [key.label, key.id, key.team, key.product, key.use_case, ...Object.values(key.tags)].some((each) =>
          each.toLowerCase().includes(wanted),
        ),
      )
      .map((key) => ({ ...key, cost: cost.get(key.id) ?? "0", lastUsed: last.get(key.id) }));
  }, [keys, spent.data, use.data, q, status]);
}

function columnsOf(mayRevoke: boolean, onRevoke: (key: Key) => void, rows: readonly Used[]): Column<Used>[] {
  return [
    {
      id: "label",
      name: "Key",
      value: ({ label, id }) => label || id,
      cell: ({ label, id }) => (
        <Link
          to="/calls"
          search={{ filter: [`key:${id}`] }}
          title={`${label} ${id}: its calls`}
          className="cut"
        >
          {label || id}
        </Link>
      ),
      total: "Total",
    },
    { id: "id", name: "Id", value: ({ id }) => id, width: 160, hidden: true },
    {
      id: "team",
      narrow: false,
      name: "Team",
      value: ({ team }) => team,
      width: 96,
      cell: ({ team }) => <Name>{team}</Name>,
    },
    { id: "product", narrow: false, name: "Product", value: ({ product }) => product, width: 96 },
    { id: "use_case", name: "Use case", value: ({ use_case }) => use_case, width: 92, hidden: true },
    {
      id: "environment",
      narrow: false,
      name: "Environment",
      value: ({ environment }) => environment,
      width: 122,
    },
    {
      id: "models",
      narrow: false,
      name: "Models",
      title: "The models it may use",
      value: ({ models }) => models.join(", ") || "all",
      width: 84,
    },
    {
      id: "status",
      narrow: false,
      name: "Status",
      value: ({ status }) => status,
      width: 80,
      cell: ({ status }) => (
        <Badge size="sm" variant="light" color={STATUS_COLOURS[status]}>
          {status}
        </Badge>
      ),
    },
    {
      id: "expires",
      narrow: false,
      name: "Ends",
      value: ({ expires_at, revoked_at }) => revoked_at ?? expires_at,
      width: 96,
      cell: ({ expires_at, revoked_at }) => <Instant at={revoked_at ?? expires_at} shown="day" />,
    },
    {
      id: "used",
      narrow: 88,
      name: "Last used",
      value: ({ lastUsed }) => lastUsed,
      width: 96,
      cell: ({ lastUsed }) => <Ago at={lastUsed} />,
    },
    {
      id: "cost",
      name: "30 days",
      title: "What it cost in the last 30 days, USD",
      kind: "money",
      width: 110,
      value: ({ cost }) => cost,
      cell: ({ cost }) => <Money value={cost} />,
      total: <Money value={sum(rows.map(({ cost }) => cost))} />,
    },
    {
      id: "act",
      name: "",
      sortable: false,
      value: () => null,
      width: 92,
      cell: (key) =>
        key.status === "live" && mayRevoke ? (
          <Button variant="subtle" color="red" size="compact-xs" onClick={() => onRevoke(key)}>
            Revoke
          </Button>
        ) : null,
    },
  ];
}
