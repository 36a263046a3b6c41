/** The audit log: who did what and when, and the proof that nothing in it was changed. */

import { Badge, Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { IconShieldCheck } from "~/app/icons";
import { Card, Notice } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Instant, Name } from "~/components/values";
import { count } from "~/format/format";
import { plain } from "~/format/plain";
import { instant } from "~/format/zone";
import { useUrlState, useZone } from "~/state/hooks";
import { text } from "~/state/url";

type Entry = components["schemas"]["AuditEntry"];
type Verified = components["schemas"]["AuditVerified"];

const STATE = { actor: text(), action: text("", /^[a-z_]{0,40}(\.[a-z_]{0,40})?\*?$/), subject: text() };

export function Audit() {
  const [{ actor, action, subject }, set] = useUrlState(STATE);
  const [verified, setVerified] = useState<Verified | null>(null);
  const [busy, setBusy] = useState(false);
  const asked = {
    limit: 500,
    ...(actor ? { actor } : {}),
    ...(action ? { action } : {}),
    ...(subject ? { subject } : {}),
  };
  const query = api.useQuery("get", "/api/v1/audit", { params: { query: asked } });
  const verify = async () => {
    setBusy(true);
    const { data } = await client.GET("/api/v1/audit/verify", {});
    setVerified(data ?? null);
    setBusy(false);
  };
  return (
    <>
      <Group gap="xs" align="flex-end">
        <TextInput
          label="Who"
          value={actor}
          onChange={(event) => set({ actor: event.currentTarget.value }, { replace: true })}
          w={200}
        />
        <TextInput
          label="Did"
          placeholder="key.*"
          value={action}
          onChange={(event) => set({ action: event.currentTarget.value }, { replace: true })}
          w={160}
        />
        <TextInput
          label="What"
          placeholder="budget/search"
          value={subject}
          onChange={(event) => set({ subject: event.currentTarget.value }, { replace: true })}
          w={200}
        />
        <Button
          variant="default"
          leftSection={<IconShieldCheck size={15} />}
          loading={busy}
          onClick={() => void verify()}
        >
          Verify the chain
        </Button>
      </Group>
      {verified && (
        <Notice {...(verified.whole ? {} : { tone: "bad" as const })}>
          <span role="status">
            {verified.whole
              ? `Whole: ${count(verified.rows)} entries, none changed, removed or added. The last one is ${verified.head}.`
              : `Not whole: ${verified.fault}.`}
          </span>
        </Notice>
      )}
      <Card flush>
        <Loaded query={query} skeleton={<SkeletonRows rows={14} />} what="The audit log">
          {({ entries }) =>
            entries.length ? (
              <DataTable
                label="Audit log"
                rows={entries}
                columns={COLUMNS}
                rowKey={({ id }) => String(id)}
                height={620}
                wraps
              />
            ) : (
              <Empty title="No entry fits">Change what is asked for above.</Empty>
            )
          }
        </Loaded>
      </Card>
    </>
  );
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function Detail({ detail }: { detail: Entry["detail"] }) {
  const zone = useZone();
  if (!Object.keys(detail).length) return <span className="dim">–</span>;
  return <Name>{plain(detail, (text) => (INSTANT.test(text) ? instant(text, zone, "second") : text))}</Name>;
}

const COLUMNS: Column<Entry>[] = [
  {
    id: "at",
    name: "When",
    value: ({ made_at }) => made_at,
    width: 160,
    cell: ({ made_at }) => <Instant at={made_at} shown="second" />,
  },
  { id: "actor", name: "Who", value: ({ actor }) => actor, width: 180 },
  {
    id: "action",
    name: "Did",
    value: ({ action }) => action,
    width: 180,
    cell: ({ action }) => (
      <Badge size="sm" variant="light" color="gray" tt="none">
        {action}
      </Badge>
    ),
  },
  { id: "subject", name: "What", value: ({ subject }) => subject, width: 240 },
  {
    id: "detail",
    name: "Detail",
    value: ({ detail }) => plain(detail),
    cell: ({ detail }) => <Detail detail={detail} />,
  },
  { id: "hash", name: "Hash", value: ({ hash }) => hash, width: 140, hidden: true },
];
