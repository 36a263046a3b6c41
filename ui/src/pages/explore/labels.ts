/** Values as people know them: a key by its label. */

import { useCallback, useMemo } from "react";
import { api } from "~/api/client";
import { valueName } from "~/format/format";
import { usePermissions } from "~/session/me";

export type Label = (dimension: string, value: string) => string;

/** Keys are asked for where they are shown, and by those who may list them. */
export function useLabels(dimensions: readonly string[]): Label {
  const may = usePermissions();
  const enabled = dimensions.includes("key") && may("keys.read");
  const { data } = api.useQuery("get", "/api/v1/keys", {}, { enabled });
  const labels = useMemo(() => new Map(data?.keys.map(({ id, label }) => [id, label])), [data]);
  return useCallback<Label>(
    (dimension, value) => (dimension === "key" && labels.get(value)) || valueName(value),
    [labels],
  );
}
