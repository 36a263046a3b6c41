/** What holds for this installation: identity providers, channels, how long what is kept. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, client } from "~/api/client";
import { asProblem } from "~/api/problem";
import { Card } from "~/components/page";
import { Empty, Loaded, SkeletonRows } from "~/components/states";
import { duration } from "~/format/format";
import classes from "~/pages/calls/call.module.css";
import { usePermissions } from "~/session/me";

function Facts({ facts }: { facts: readonly [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Installation() {
  const query = api.useQuery("get", "/api/v1/settings", {});
  return (
    <Loaded query={query} skeleton={<SkeletonRows rows={10} />} what="Settings">
      {(found) => (
        <div className="cells">
          <Card title="Sign-in">
            <Facts
              facts={[
                ["By link", found.sign_in_link ? "yes: `bursar sign-in`, or an invitation" : "no"],
                [
                  "Providers",
                  found.sign_in.length ? found.sign_in.map(({ label }) => label).join(", ") : "none declared",
                ],
                ...found.sign_in.map((each): [string, ReactNode] => [
                  each.name,
                  `${each.issuer}; way back ${each.redirect_url}; groups ${each.groups.map(({ group }) => group).join(", ") || "none"}`,
                ]),
                [
                  "A session ends",
                  `after ${duration(found.sessions.ends_after_s * 1000)}, idle after ${duration(found.sessions.ends_idle_after_s * 1000)}`,
                ],
              ]}
            />
          </Card>
          <Channels />
          <Card title="Retention" note={found.retention.declared ? "as the estate says" : "defaults"}>
            <Facts
              facts={[
                ["Delivered messages", `${found.retention.messages_days} days`],
                ["Ended sessions", `${found.retention.sessions_days} days`],
                ["Used links", `${found.retention.links_days} days`],
                ["Ended tokens", `${found.retention.tokens_days} days`],
                ["Kept for good", found.retention.kept_for_good.join(", ")],
              ]}
            />
          </Card>
          <Card title="Installation">
            <Facts
              facts={[
                ["Version", found.version],
                ["Console", found.console_url],
                ["Days begin in", found.time_zone],
                ["Currency", found.currency],
              ]}
            />
          </Card>
        </div>
      )}
    </Loaded>
  );
}

function Channels() {
  const may = usePermissions();
  const query = api.useQuery("get", "/api/v1/estate", { params: { query: { kind: "channel" } } });
  const [said, setSaid] = useState<Record<string, string>>({});
  const test = async (name: string) => {
    try {
      await client.POST("/api/v1/channels/{name}/test", { params: { path: { name } } });
      setSaid((before) => ({ ...before, [name]: "a test was sent" }));
    } catch (thrown) {
      setSaid((before) => ({ ...before, [name]: asProblem(thrown).message }));
    }
  };
  return (
    <Card title="Channels" note="where alerts are told">
      <Loaded query={query} skeleton={<SkeletonRows rows={3} />} what="Channels">
        {({ documents }) =>
          documents.length ? (
            <ul className={classes.list}>
              {documents.map((each) => {
                const name = String(each.name);
                return (
                  <li key={name}>
                    <Link className="plain" to="/estate/$kind/$name" params={{ kind: "channel", name }}>
                      {name}
                    </Link>
                    <span className="row">
                      <span className="dim" role="status">
                        {said[name]}
                      </span>
                      {may("settings.write") && (
                        <Button size="compact-xs" variant="default" onClick={() => void test(name)}>
                          Test
                        </Button>
                      )}
                    </span>
                  </li>
                );
              })}
            </ul>
          ) : (
            <Empty title="No channels">Declare one in the estate, so that alerts reach people.</Empty>
          )
        }
      </Loaded>
    </Card>
  );
}
