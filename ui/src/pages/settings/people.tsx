/** People and what they may do: invited by a link that works once, given roles, disabled. */

import { Alert, Badge, Button, Group, Modal, MultiSelect, Select, TagsInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, client } from "~/api/client";
import type { components } from "~/api/schema";
import { IconPlus } from "~/app/icons";
import { Confirm } from "~/components/confirm";
import { Card } from "~/components/page";
import { Empty, Loaded, ProblemView, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Ago } from "~/components/values";
import { usePermissions } from "~/session/me";

type Person = components["schemas"]["PersonReply"];
type Role = components["schemas"]["RoleReply"];

const ROLES = [
  "administrator",
  "finance",
  "procurement",
  "approver",
  "engineer",
  "viewer",
  "auditor",
] as const;

/** "viewer of search, ads". */
export function roleText({ role, teams = [], products = [] }: Role): string {
  const limits = [...teams, ...products];
  return limits.length ? `${role} of ${limits.join(", ")}` : role;
}

export function People() {
  const may = usePermissions();
  const query = api.useQuery("get", "/api/v1/people", {});
  const [editing, setEditing] = useState<Person | "new" | null>(null);
  const [link, setLink] = useState<{ url: string; name: string } | null>(null);
  const [disabling, setDisabling] = useState<Person | null>(null);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["get", "/api/v1/people"] });
  const columns = useMemo((): Column<Person>[] => {
    const makeLink = async (person: Person) => {
      const { data } = await client.POST("/api/v1/people/{person_id}/link", {
        params: { path: { person_id: person.id } },
      });
      if (data) setLink({ url: data.sign_in_url, name: person.name || person.email });
    };
    return [
      { id: "name", name: "Name", value: ({ name, email }) => name || email, width: 180 },
      { id: "email", name: "Email", value: ({ email }) => email },
      {
        id: "roles",
        name: "Roles",
        value: ({ roles, roles_by_groups }) => [...roles, ...roles_by_groups].map(roleText).join("; "),
        width: 260,
      },
      {
        id: "origin",
        name: "Signs in by",
        value: ({ origin }) => (origin === "oidc" ? "provider" : "link"),
        width: 110,
      },
      {
        id: "status",
        name: "Status",
        value: ({ status }) => status,
        width: 100,
        cell: ({ status }) => (
          <Badge size="sm" variant="light" color={status === "active" ? "teal" : "gray"}>
            {status}
          </Badge>
        ),
      },
      {
        id: "seen",
        name: "Last seen",
        value: ({ last_seen_at }) => last_seen_at,
        width: 110,
        cell: ({ last_seen_at }) => <Ago at={last_seen_at} />,
      },
      {
        id: "act",
        name: "",
        sortable: false,
        value: () => null,
        width: 210,
        cell: (person) =>
          may("people.write") && (
            <Group gap={4} wrap="nowrap">
              <Button size="compact-xs" variant="default" onClick={() => setEditing(person)}>
                Roles
              </Button>
              {person.status === "active" && (
                <Button size="compact-xs" variant="default" onClick={() => void makeLink(person)}>
                  Link
                </Button>
              )}
              <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setDisabling(person)}>
                {person.status === "active" ? "Disable" : "Enable"}
              </Button>
            </Group>
          ),
      },
    ];
  }, [may]);
  return (
    <>
      <Group justify="flex-end">
        <Button
          leftSection={<IconPlus size={15} />}
          onClick={() => setEditing("new")}
          disabled={!may("people.write")}
        >
          Invite somebody
        </Button>
      </Group>
      <Card flush>
        <Loaded query={query} skeleton={<SkeletonRows rows={6} />} what="People">
          {({ people }) =>
            people.length ? (
              <DataTable label="People" rows={people} columns={columns} rowKey={({ id }) => id} />
            ) : (
              <Empty title="Nobody else yet">Invite people by a link, or declare an identity provider.</Empty>
            )
          }
        </Loaded>
      </Card>
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing === "new" ? "Invite somebody" : "Roles"}
        size="lg"
      >
        {editing !== null && (
          <PersonForm
            person={editing === "new" ? null : editing}
            onDone={async (made) => {
              setEditing(null);
              if (made) setLink(made);
              await refresh();
            }}
          />
        )}
      </Modal>
      <Modal opened={link !== null} onClose={() => setLink(null)} title="Sign-in link">
        <Alert variant="light" color="yellow" mb="sm">
          It signs {link?.name} in once, within an hour. Hand it over in private: it is not shown again.
        </Alert>
        <TextInput
          readOnly
          label="Link"
          value={link?.url ?? ""}
          onFocus={(event) => event.currentTarget.select()}
        />
      </Modal>
      <Confirm
        opened={disabling !== null}
        onClose={() => setDisabling(null)}
        title={disabling?.status === "active" ? "Disable" : "Enable"}
        action={disabling?.status === "active" ? "Disable" : "Enable"}
        danger={disabling?.status === "active"}
        onConfirm={async () => {
          if (!disabling) return;
          await client.PATCH("/api/v1/people/{person_id}", {
            params: { path: { person_id: disabling.id } },
            body: { status: disabling.status === "active" ? "disabled" : "active" },
          });
          await refresh();
        }}
      >
        {disabling?.status === "active"
          ? `${disabling.email} is signed out everywhere at once, and their tokens open nothing any more.`
          : `${disabling?.email} may sign in again.`}
      </Confirm>
    </>
  );
}

interface PersonFormProps {
  person: Person | null;
  onDone: (link: { url: string; name: string } | null) => Promise<void>;
}

function PersonForm({ person, onDone }: PersonFormProps) {
  const first = person?.roles[0];
  const [email, setEmail] = useState(person?.email ?? "");
  const [name, setName] = useState(person?.name ?? "");
  const [role, setRole] = useState<string>(first?.role ?? "viewer");
  const [more, setMore] = useState<string[]>(person?.roles.slice(1).map((each) => each.role) ?? []);
  const [teams, setTeams] = useState<string[]>(first?.teams ?? []);
  const [products, setProducts] = useState<string[]>(first?.products ?? []);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const roles = [role, ...more].map((each) => ({ role: each, teams, products })) as Role[];
  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      if (person) {
        await client.PATCH("/api/v1/people/{person_id}", {
          params: { path: { person_id: person.id } },
          body: { roles, ...(name ? { name } : {}) },
        });
        await onDone(null);
      } else {
        const { data } = await client.POST("/api/v1/people", { body: { email: email.trim(), name, roles } });
        await onDone(data ? { url: data.sign_in_url, name: name || email } : null);
      }
    } catch (thrown) {
      setProblem(thrown);
      setBusy(false);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {!person && (
        <TextInput
          label="Email"
          withAsterisk
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Group grow align="flex-start">
        <Select
          label="Role"
          data={[...ROLES]}
          value={role}
          onChange={(value) => setRole(value ?? "viewer")}
          allowDeselect={false}
        />
        <MultiSelect
          label="Further roles"
          data={ROLES.filter((each) => each !== role)}
          value={more}
          onChange={setMore}
        />
      </Group>
      <Group grow align="flex-start">
        <TagsInput
          label="Only these teams"
          description="None: every team"
          value={teams}
          onChange={setTeams}
        />
        <TagsInput
          label="Only these products"
          description="None: every product"
          value={products}
          onChange={setProducts}
        />
      </Group>
      {problem !== null && <ProblemView error={problem} />}
      <Group justify="flex-end">
        <Button type="submit" loading={busy} disabled={!person && !email.includes("@")}>
          {person ? "Save the roles" : "Invite and make a link"}
        </Button>
      </Group>
    </form>
  );
}
