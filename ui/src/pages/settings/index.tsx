/** Settings: people and roles, one's own sessions and tokens, channels, retention, and the audit log. */

import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { PageMissing } from "~/app/boundary";
import { Page } from "~/components/page";
import { usePermissions } from "~/session/me";
import { Audit } from "./audit";
import { Installation } from "./installation";
import { Mine } from "./mine";
import { People } from "./people";

const SECTIONS = [
  { id: "people", name: "People and roles", permission: "people.read", Show: People },
  { id: "mine", name: "My sessions and tokens", permission: "", Show: Mine },
  {
    id: "installation",
    name: "Sign-in, channels, retention",
    permission: "settings.read",
    Show: Installation,
  },
  { id: "audit", name: "Audit log", permission: "audit.read", Show: Audit },
] as const;

export default function Settings() {
  const may = usePermissions();
  const navigate = useNavigate();
  const { section } = useParams({ strict: false });
  const allowed = SECTIONS.filter(({ permission }) => permission === "" || may(permission));
  const shown = allowed.find(({ id }) => id === section) ?? allowed[0];
  if (section !== undefined && !SECTIONS.some(({ id }) => id === section)) return <PageMissing />;
  return (
    <Page title="Settings" subtitle="Who may do what, and what holds for this installation">
      <Tabs
        value={shown?.id ?? null}
        onChange={(id) => void navigate({ to: "/settings/$section", params: { section: id ?? "mine" } })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {allowed.map(({ id, name }) => (
            <Tabs.Tab key={id} value={id}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {allowed.map(({ id, Show }) => (
          <Tabs.Panel key={id} value={id} className="stack">
            <Show />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
