/** Calls: newest first, live, searched; a row opens the call's whole story. */

import { Badge, Button, Chip, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { client } from "~/api/client";
import type { components } from "~/api/schema";
import { IconPlayerPause, IconPlayerPlay, IconSearch } from "~/app/icons";
import { Card, Page } from "~/components/page";
import { Empty, ProblemView, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Duration, Instant, Money, Name, Tokens } from "~/components/values";
import { count } from "~/format/format";
import { useLive } from "~/live/live";
import { useQuestion, useSpan, useUrlState } from "~/state/hooks";
import { splitFilter } from "~/state/span";
import { list, text } from "~/state/url";

export type Call = components["schemas"]["Call"];

const FLAGS = [
  "unpriced",
  "partly_unpriced",
  "estimated",
  "client_disconnected",
  "rerouted",
  "output_clamped",
  "interrupted",
] as const;
const STATE = { q: text(), flag: list(/^[a-z0-9_]{1,64}$/, 10) };
const PAGE_SIZE = 200;
const LIVE_MOST = 500;
/** How long after a call came in what is searched for is asked again: a call shows within a second. */
const AGAIN_MS = 500;

export default function Calls() {
  const [{ q, flag }, set] = useUrlState(STATE);
  const [typed, setTyped] = useState(q);
  const [settled] = useDebouncedValue(typed, 250);
  const span = useSpan();
  const navigate = useNavigate();
  useEffect(() => {
    if (settled !== q) set({ q: settled }, { replace: true });
  }, [settled, q, set]);
  const { calls, query, live } = useCalls(q, flag, span.to === "now");
  return (
    <Page
      title="Calls"
      subtitle={`${span.name}, ${span.days}, newest first`}
      actions={
        span.to === "now" && (
          <Button
            variant="default"
            leftSection={live.paused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
            onClick={live.toggle}
            aria-pressed={live.paused}
          >
            {live.paused ? (live.waiting ? `Go on: ${count(live.waiting)} new` : "Go on") : "Hold still"}
          </Button>
        )
      }
    >
      <Group gap="xs">
        <TextInput
          aria-label="Search calls"
          placeholder="Id, key, tag, flag, model, team"
          leftSection={<IconSearch size={14} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          w={300}
        />
        <Chip.Group multiple value={flag} onChange={(value) => set({ flag: value as string[] })}>
          <Group gap={6}>
            {[...new Set([...FLAGS, ...flag])].map((name) => (
              <Chip key={name} value={name} size="xs">
                {name.replaceAll("_", " ")}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Group>
      <Card flush>
        {query.error && calls.length === 0 ? (
          <ProblemView error={query.error} onRetry={() => void query.refetch()} what="Calls" />
        ) : query.data === undefined ? (
          <SkeletonRows rows={16} />
        ) : calls.length ? (
          <>
            <DataTable
              label="Calls"
              rows={calls}
              columns={COLUMNS}
              rowKey={({ call_id }) => call_id}
              height={680}
              note={`${count(calls.length)}${query.hasNextPage ? " and more" : ""} calls`}
              onOpen={({ call_id }) => void navigate({ to: "/calls/$callId", params: { callId: call_id } })}
            />
            {query.hasNextPage && (
              <Group justify="center" p="sm">
                <Button
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  Older calls
                </Button>
              </Group>
            )}
          </>
        ) : (
          <Empty title={q ? `No call fits “${q}”` : "No call fits"}>
            {q
              ? "Looked for were whole words: ids or their beginnings, keys, tags (value or tag:value), flags, models, teams, products, use cases and environments."
              : "Choose a longer span, fewer filters, or call the gateway: a call stands here within a second."}
          </Empty>
        )}
      </Card>
    </Page>
  );
}

/** Does something a little later, once, however often it is called for until then. */
function useSoon(what: () => void, ms: number): () => void {
  const latest = useRef(what);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = what;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, ms);
  }, [ms]);
}

/** Pages from the API, and before them what comes in meanwhile. */
function useCalls(q: string, flag: string[], isRunning: boolean) {
  const { tz: _, ...question } = useQuestion();
  const key = JSON.stringify([question, q, flag]);
  const [fresh, setFresh] = useState<{ key: string; calls: Call[]; shown: number }>({
    key,
    calls: [],
    shown: 0,
  });
  const [paused, setPaused] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ["get", "/api/v1/calls", "pages", key],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await client.GET("/api/v1/calls", {
        params: {
          query: {
            ...question,
            ...(q ? { q } : {}),
            ...(flag.length ? { flag } : {}),
            ...(pageParam ? { cursor: pageParam } : {}),
            limit: PAGE_SIZE,
          },
        },
        signal,
      });
      return data as { calls: Call[]; next: string | null };
    },
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const fits = useCallback(
    (call: Call) => flag.every((each) => call.flags.includes(each)) && fitsFilters(call, question.filter),
    [flag, question.filter],
  );
  const askAgain = useSoon(() => {
    // An answer on its way may be of before the call that came in.
    if (query.isFetching) askAgain();
    else void query.refetch();
  }, AGAIN_MS);
  // What came in between the first answer and the stream's beginning is told by neither.
  useLive("hello", () => {
    if (isRunning) askAgain();
  });
  useLive("calls", ({ calls }) => {
    if (!isRunning) return;
    if (q) {
      // Words may mean a key's label, which only the server knows.
      if (!paused) askAgain();
      return;
    }
    const wanted = (calls as unknown as Call[]).filter(fits);
    if (!wanted.length) return;
    setFresh((before) => {
      const known = before.key === key ? before : { key, calls: [], shown: 0 };
      const all = [...wanted].reverse().concat(known.calls).slice(0, LIVE_MOST);
      return { key, calls: all, shown: paused ? known.shown : all.length };
    });
  });
  const toggle = () => {
    setPaused(!paused);
    if (paused) setFresh((before) => ({ ...before, shown: before.calls.length }));
  };
  const own = fresh.key === key ? fresh : { calls: [] as Call[], shown: 0 };
  const pages = query.data?.pages;
  const calls = useMemo(() => {
    const shown = own.calls.slice(own.calls.length - own.shown);
    const stored = (pages ?? []).flatMap((page) => page.calls);
    const byId = new Map([...shown, ...stored].map((call) => [call.call_id, call]));
    return [...byId.values()].sort((a, b) =>
      a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0,
    );
  }, [own, pages]);
  return { calls, query, live: { paused, toggle, waiting: own.calls.length - own.shown } };
}

/** Whether a call that comes in is one of those that are shown; values of one dimension are alternatives. */
export function fitsFilters(call: Call, filters: readonly string[]): boolean {
  const byDimension = new Map<string, string[]>();
  for (const filter of filters) {
    const [dimension, value] = splitFilter(filter);
    byDimension.set(dimension, [...(byDimension.get(dimension) ?? []), value]);
  }
  return [...byDimension].every(([dimension, values]) => {
    const found = dimension.startsWith("tag:")
      ? (call.tags[dimension.slice(4)] ?? "unknown")
      : String(call[(dimension === "key" ? "key_id" : dimension) as keyof Call] ?? "");
    return values.includes(found);
  });
}

const STATUS_COLOURS: Record<string, string> = {
  complete: "teal",
  error: "red",
  partial: "yellow",
  interrupted: "orange",
};

/** Not sorted otherwise: an order of the newest would be taken for one of all. */
const COLUMNS: Column<Call>[] = (
  [
    {
      id: "started",
      name: "Began",
      value: ({ started_at }) => started_at,
      width: 150,
      narrow: 134,
      cell: ({ call_id, started_at }) => (
        <Link className="plain" to="/calls/$callId" params={{ callId: call_id }}>
          <Instant at={started_at} shown="second" />
        </Link>
      ),
    },
    { id: "model", name: "Model", value: ({ model }) => model, cell: ({ model }) => <Name>{model}</Name> },
    {
      id: "team",
      narrow: false,
      name: "Team",
      value: ({ team }) => team,
      width: 110,
      cell: ({ team }) => <Name>{team}</Name>,
    },
    { id: "product", narrow: false, name: "Product", value: ({ product }) => product, width: 110 },
    { id: "use_case", name: "Use case", value: ({ use_case }) => use_case, width: 120, hidden: true },
    {
      id: "environment",
      name: "Environment",
      value: ({ environment }) => environment,
      width: 120,
      hidden: true,
    },
    { id: "provider", name: "Provider", value: ({ provider }) => provider, width: 110, hidden: true },
    {
      id: "status",
      narrow: false,
      name: "Status",
      value: ({ status }) => status,
      width: 120,
      cell: ({ status, http_status, flags }) => (
        <Badge
          size="sm"
          variant="light"
          color={STATUS_COLOURS[status] ?? "gray"}
          title={[http_status ? `HTTP ${http_status}` : "", ...flags].filter(Boolean).join(", ")}
        >
          {status}
        </Badge>
      ),
    },
    {
      id: "input",
      narrow: false,
      name: "In",
      title: "Input tokens, cached ones included",
      kind: "number",
      width: 84,
      value: ({ tokens }) => tokens.input_total,
      cell: ({ tokens }) => <Tokens value={tokens.input_total} />,
    },
    {
      id: "output",
      narrow: false,
      name: "Out",
      title: "Output tokens, reasoning included",
      kind: "number",
      width: 84,
      value: ({ tokens }) => tokens.output_total,
      cell: ({ tokens }) => <Tokens value={tokens.output_total} />,
    },
    {
      id: "latency",
      narrow: false,
      name: "Latency",
      kind: "number",
      width: 96,
      value: ({ latency_ms }) => latency_ms,
      cell: ({ latency_ms }) => <Duration ms={latency_ms} />,
    },
    {
      id: "cost",
      narrow: 104,
      name: "Cost",
      title: "USD",
      kind: "money",
      width: 110,
      value: ({ cost_usd }) => cost_usd,
      cell: ({ cost_usd }) => <Money value={cost_usd} />,
    },
  ] satisfies Column<Call>[]
).map((column) => ({ ...column, sortable: false }));
