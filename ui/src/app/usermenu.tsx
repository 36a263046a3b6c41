/** Who is signed in, the way to their sessions, and out. */

import { ActionIcon, Menu, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { client } from "~/api/client";
import { live } from "~/live/live";
import { announceSession } from "~/session/mark";
import { useMe } from "~/session/me";
import { sessionEnded } from "~/session/store";
import { openShortcuts } from "./events";
import { IconAdjustmentsHorizontal, IconKeyboard, IconLogout, IconUser } from "./icons";

export function UserMenu() {
  const { data: me } = useMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signOut = async () => {
    live.stop();
    await client.POST("/api/v1/auth/sign-out").catch(() => null);
    queries.clear();
    sessionEnded();
    announceSession();
    await navigate({ to: "/sign-in", search: {} });
  };
  const roles = me?.roles.map(({ role }) => role).join(", ");
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label="You and your session">
          <IconUser size={18} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: "6px 12px 8px" }}>
          <Text size="sm" fw={600} truncate>
            {me?.name ?? "…"}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {[me?.email, roles].filter(Boolean).join(" · ")}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconAdjustmentsHorizontal size={16} />}
          onClick={() => void navigate({ to: "/settings" })}
        >
          Settings
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={openShortcuts}>
          Keyboard shortcuts
        </Menu.Item>
        {me?.kind === "person" && (
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
            Sign out
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
