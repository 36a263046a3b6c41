/** One document of the estate: what it says, its history with who changed what, and a way to change it. */

import { Badge, Button } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "~/api/client";
import { IconPencil } from "~/app/icons";
import { Card, Page } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { Instant } from "~/components/values";
import classes from "~/pages/calls/call.module.css";
import { usePermissions } from "~/session/me";
import { Editor } from "./editor";
import own from "./estate.module.css";
import { yaml } from "./yaml";

export default function DocumentPage() {
  const { kind = "", name = "" } = useParams({ strict: false });
  const may = usePermissions();
  const [editing, setEditing] = useState(false);
  const query = api.useQuery(
    "get",
    "/api/v1/estate/history",
    { params: { query: { kind, name } } },
    { placeholderData: undefined },
  );
  const versions = [...(query.data?.versions ?? [])].reverse();
  const current = versions[0]?.document ?? null;
  return (
    <Page
      title={name}
      subtitle={
        <>
          <Link className="plain" to="/estate/$kind" params={{ kind }}>
            {kind.replaceAll("_", " ")}
          </Link>
          {versions[0] && `, version ${versions[0].version}`}
        </>
      }
      actions={
        current &&
        may("estate.write") && (
          <Button variant="default" leftSection={<IconPencil size={15} />} onClick={() => setEditing(true)}>
            Change
          </Button>
        )
      }
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={10} />} what="The document">
        {() =>
          versions.length ? (
            <div className="cells">
              <Card title="In force">
                {current ? (
                  <pre className={own.code}>{yaml(current)}</pre>
                ) : (
                  <Empty title="It was removed">Its history is kept.</Empty>
                )}
              </Card>
              <Card title="History" note="newest first">
                <ul className={classes.list}>
                  {versions.map((version, place) => (
                    <li key={version.version}>
                      <span>
                        <Badge size="sm" variant="light" color="gray">
                          {version.version}
                        </Badge>{" "}
                        {version.actor}, <Instant at={version.made_at} />
                      </span>
                      <span className="dim">
                        {difference(version.document, versions[place + 1]?.document)}
                      </span>
                    </li>
                  ))}
                </ul>
              </Card>
            </div>
          ) : (
            <Card>
              <Empty title="There is no such document">
                It may come from the environment, or it is not within what your roles let you see.
              </Empty>
            </Card>
          )
        }
      </Loaded>
      <Editor
        opened={editing}
        onClose={() => setEditing(false)}
        title={`Change ${kind} ${name}`}
        first={current ? yaml(current) : ""}
      />
    </Page>
  );
}

type Document = Record<string, unknown> | null | undefined;

/** The fields that a version changed. */
function difference(now: Document, before: Document): string {
  if (!now) return "removed";
  if (!before) return "created";
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])];
  const changed = names.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
  return changed.length ? changed.join(", ") : "written anew";
}
