/** Ends a key: at once, everywhere, for good. */

import { useQueryClient } from "@tanstack/react-query";
import { client } from "~/api/client";
import type { components } from "~/api/schema";
import { Confirm } from "~/components/confirm";

interface RevokeKeyProps {
  target: components["schemas"]["KeyReply"] | null;
  onClose: () => void;
}

export function RevokeKey({ target, onClose }: RevokeKeyProps) {
  const queries = useQueryClient();
  const revoke = async () => {
    if (!target) return;
    await client.DELETE("/api/v1/keys/{key_id}", { params: { path: { key_id: target.id } } });
    await queries.invalidateQueries({ queryKey: ["get", "/api/v1/keys"] });
  };
  return (
    <Confirm
      opened={target !== null}
      onClose={onClose}
      title="Revoke a key"
      action="Revoke the key"
      danger
      onConfirm={revoke}
    >
      Calls with <strong>{target?.label || target?.id}</strong> (team {target?.team}) are refused within a
      second. This cannot be undone: who still needs to call gets a new key.
    </Confirm>
  );
}
