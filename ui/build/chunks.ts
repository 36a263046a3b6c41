/** The chunks of a build, and what loads with them. */

import type { OutputBundle, OutputChunk } from "rolldown";

export type Chunks = ReadonlyMap<string, OutputChunk>;

export function chunksOf(bundle: OutputBundle): Chunks {
  return new Map(
    Object.values(bundle).flatMap((each) => (each.type === "chunk" ? [[each.fileName, each]] : [])),
  );
}

/** Chunks and what they import at once, also through others. */
export function closure(chunks: Chunks, ...first: string[]): Set<string> {
  const seen = new Set<string>();
  const waiting = [...first];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    waiting.push(...(chunks.get(name)?.imports ?? []));
  }
  return seen;
}
