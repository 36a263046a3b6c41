/** Estate: the declared world by kind, each document with its owner; opened, changed and added as YAML. */

import { Button, Group, NavLink, TextInput } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "~/api/client";
import { PageMissing } from "~/app/boundary";
import { IconPlus, IconSearch } from "~/app/icons";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { type Column, DataTable } from "~/components/table";
import { Name } from "~/components/values";
import { count } from "~/format/format";
import { plain } from "~/format/plain";
import { budgetOf } from "~/pages/budgets/words";
import { callsOf, type Document, effectOf } from "~/pages/policies/words";
import { usePermissions } from "~/session/me";
import { useUrlState } from "~/state/hooks";
import { flag, text } from "~/state/url";
import { Editor } from "./editor";
import classes from "./estate.module.css";

export const KINDS = {
  team: "Teams",
  product: "Products",
  use_case: "Use cases",
  environment: "Environments",
  provider: "Providers",
  model: "Models",
  route: "Routes",
  price: "Prices",
  tier: "Tiers",
  policy: "Policies",
  limit: "Limits",
  budget: "Budgets",
  channel: "Channels",
  sign_in: "Sign-in",
  retention: "Retention",
} as const;

const STATE = { q: text(), new: flag() };

export default function Estate() {
  const { kind: asked } = useParams({ strict: false });
  const kind = asked && asked in KINDS ? asked : "team";
  const may = usePermissions();
  const navigate = useNavigate();
  const [{ q, new: adding }, set] = useUrlState(STATE);
  const query = api.useQuery("get", "/api/v1/estate", {});
  const documents = (query.data?.documents ?? []) as Document[];
  const rows = useMemo(
    () =>
      documents
        .filter((each) => each.kind === kind)
        .filter((each) => JSON.stringify(each).toLowerCase().includes(q.trim().toLowerCase())),
    [documents, kind, q],
  );
  if (asked !== undefined && !(asked in KINDS)) return <PageMissing />;
  return (
    <Page
      title="Estate"
      subtitle={query.data ? `What is declared, at revision ${query.data.revision}` : "What is declared"}
      actions={
        may("estate.write") && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => set({ new: true })}>
            Add documents
          </Button>
        )
      }
    >
      <div className={classes.split}>
        <nav aria-label="Kinds" className="card">
          {Object.entries(KINDS).map(([id, name]) => (
            <NavLink
              key={id}
              label={name}
              active={id === kind}
              rightSection={
                <span className="num dim">{count(documents.filter((each) => each.kind === id).length)}</span>
              }
              renderRoot={(props) => <Link to="/estate/$kind" params={{ kind: id }} {...props} />}
            />
          ))}
        </nav>
        <div className="stack">
          <TextInput
            aria-label="Search documents"
            placeholder="Anything in a document"
            leftSection={<IconSearch size={14} />}
            value={q}
            onChange={(event) => set({ q: event.currentTarget.value }, { replace: true })}
            w={280}
          />
          <Card flush>
            <Loaded query={query} skeleton={<SkeletonRows rows={10} />} what="The estate">
              {() =>
                rows.length ? (
                  <DataTable
                    label={KINDS[kind as keyof typeof KINDS]}
                    rows={rows}
                    columns={COLUMNS}
                    rowKey={({ name }) => String(name)}
                    height={620}
                    wraps
                    onOpen={({ name }) =>
                      void navigate({ to: "/estate/$kind/$name", params: { kind, name: String(name) } })
                    }
                  />
                ) : (
                  <Empty title={`No ${KINDS[kind as keyof typeof KINDS].toLowerCase()} ${q ? "fit" : "yet"}`}>
                    Documents are YAML with kind and name: add them here, or apply a file with{" "}
                    <code>bursar apply</code>.
                  </Empty>
                )
              }
            </Loaded>
          </Card>
        </div>
      </div>
      <Group>
        <Editor
          opened={adding && may("estate.write")}
          onClose={() => set({ new: false })}
          first={`kind: ${kind}\nname: \n`}
          title="Add documents"
        />
      </Group>
    </Page>
  );
}

/** What a document says, in one line. */
function summary(document: Document): string {
  if (document.kind === "policy")
    return `Calls of ${callsOf(document.match, document.when)} ${effectOf(document.effect)}`;
  if (document.kind === "budget") return budgetOf(document);
  const said = Object.entries(document).filter(
    ([name, value]) => !["kind", "name", "owner"].includes(name) && value !== null && value !== "",
  );
  return plain(Object.fromEntries(said));
}

const COLUMNS: Column<Document>[] = [
  {
    id: "name",
    name: "Name",
    value: ({ name }) => String(name),
    width: 230,
    cell: ({ kind, name }) => (
      <Link
        className="cut plain"
        to="/estate/$kind/$name"
        params={{ kind: String(kind), name: String(name) }}
      >
        {String(name)}
      </Link>
    ),
  },
  { id: "owner", name: "Owner", value: ({ owner }) => String(owner ?? ""), width: 180 },
  { id: "says", name: "Says", value: summary, cell: (document) => <Name>{summary(document)}</Name> },
];
