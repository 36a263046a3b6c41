/** One's own: browsers that are signed in, and tokens for programs. */

import { Alert, Badge, Button, Group, Modal, MultiSelect, Select, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { IconPlus } from "~/app/icons";
import { Card } from "~/components/page";
import { Empty, Loaded, ProblemView, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Ago, Instant } from "~/components/values";
import { useMe } from "~/session/me";

type Session = components["schemas"]["SessionReply"];
type Token = components["schemas"]["TokenReply"];

export function Mine() {
  return (
    <>
      <Sessions />
      <Tokens />
    </>
  );
}

function Sessions() {
  const queries = useQueryClient();
  const query = api.useQuery("get", "/api/v1/sessions", {});
  const columns = useMemo((): Column<Session>[] => {
    const end = async (id: string) => {
      await client.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: id } } });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/sessions"] });
    };
    return [
      { id: "agent", name: "Browser", value: ({ agent }) => agent },
      { id: "address", name: "From", value: ({ address }) => address, width: 150 },
      {
        id: "seen",
        name: "Last seen",
        value: ({ last_seen_at }) => last_seen_at,
        width: 120,
        cell: ({ last_seen_at }) => <Ago at={last_seen_at} />,
      },
      {
        id: "ends",
        name: "Ends",
        value: ({ ends_at }) => ends_at,
        width: 140,
        cell: ({ ends_at }) => <Instant at={ends_at} />,
      },
      {
        id: "act",
        name: "",
        sortable: false,
        value: () => null,
        width: 110,
        cell: ({ id, is_this }) =>
          is_this ? (
            <Badge size="sm" variant="light">
              this one
            </Badge>
          ) : (
            <Button size="compact-xs" variant="default" onClick={() => void end(id)}>
              Sign out
            </Button>
          ),
      },
    ];
  }, [queries]);
  return (
    <Card title="Signed-in browsers" flush>
      <Loaded query={query} skeleton={<SkeletonRows rows={3} />} what="Sessions">
        {({ sessions }) =>
          sessions.length ? (
            <DataTable
              label="Sessions"
              rows={sessions}
              columns={columns}
              rowKey={({ id }) => id}
              height={320}
            />
          ) : (
            <Empty title="No browser is signed in" />
          )
        }
      </Loaded>
    </Card>
  );
}

function Tokens() {
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const query = api.useQuery("get", "/api/v1/tokens", {});
  const columns = useMemo((): Column<Token>[] => {
    const end = async (id: string) => {
      await client.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/tokens"] });
    };
    return [
      { id: "name", name: "For", value: ({ name }) => name },
      {
        id: "may",
        name: "May",
        value: ({ permissions }) => permissions?.join(", ") ?? "all that you may",
        width: 260,
      },
      {
        id: "used",
        name: "Last used",
        value: ({ last_used_at }) => last_used_at,
        width: 120,
        cell: ({ last_used_at }) => <Ago at={last_used_at} />,
      },
      {
        id: "ends",
        name: "Ends",
        value: ({ expires_at }) => expires_at,
        width: 130,
        cell: ({ expires_at }) => <Instant at={expires_at} shown="day" />,
      },
      {
        id: "act",
        name: "",
        sortable: false,
        value: () => null,
        width: 90,
        cell: ({ id }) => (
          <Button size="compact-xs" variant="default" onClick={() => void end(id)}>
            Revoke
          </Button>
        ),
      },
    ];
  }, [queries]);
  return (
    <Card
      title="API tokens"
      note={
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => setMaking(true)}
        >
          Make a token
        </Button>
      }
      flush
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={3} />} what="Tokens">
        {({ tokens }) =>
          tokens.length ? (
            <DataTable
              label="API tokens"
              rows={tokens}
              columns={columns}
              rowKey={({ id }) => id}
              height={320}
            />
          ) : (
            <Empty title="No tokens">
              With a token a program asks the API as you, within what you let it do.
            </Empty>
          )
        }
      </Loaded>
      <Modal opened={making} onClose={() => setMaking(false)} title="Make a token">
        {making && <TokenForm />}
      </Modal>
    </Card>
  );
}

function TokenForm() {
  const queries = useQueryClient();
  const me = useMe();
  const [name, setName] = useState("");
  const [permissions, setPermissions] = useState<string[]>(["usage.read"]);
  const [expires, setExpires] = useState("30d");
  const [secret, setSecret] = useState("");
  const [problem, setProblem] = useState<unknown>(null);
  const make = async () => {
    setProblem(null);
    try {
      const { data } = await client.POST("/api/v1/tokens", {
        body: { name: name.trim(), permissions: (permissions.length ? permissions : null) as never, expires },
      });
      setSecret(data?.secret ?? "");
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/tokens"] });
    } catch (thrown) {
      setProblem(thrown);
    }
  };
  if (secret) {
    return (
      <div className="stack">
        <Alert variant="light" color="yellow">
          This is the only time that the token is shown.
        </Alert>
        <TextInput readOnly label="Token" value={secret} onFocus={(event) => event.currentTarget.select()} />
      </div>
    );
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <TextInput
        label="What it is for"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <MultiSelect
        label="It may"
        description="None chosen: all that you may"
        data={me.data?.permissions ?? []}
        value={permissions}
        onChange={setPermissions}
      />
      <Select
        label="Ends"
        data={["7d", "30d", "90d", "365d"]}
        value={expires}
        onChange={(value) => setExpires(value ?? "30d")}
        allowDeselect={false}
      />
      {problem !== null && <ProblemView error={problem} />}
      <Group justify="flex-end">
        <Button type="submit" disabled={!name.trim()}>
          Make it
        </Button>
      </Group>
    </form>
  );
}
