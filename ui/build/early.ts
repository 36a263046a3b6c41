/** Puts the early script into the page, before everything else, and tells it which files each page consists of. */

import type { OutputBundle } from "rolldown";
import type { Plugin } from "vite";
import { type Chunks, chunksOf, closure } from "./chunks.ts";

const SOURCE = "src/early.ts";
const PAGE = /\/src\/pages\/([a-z]+)\/index\.tsx$/;

/** The files of each page by its address: its own, and those that it asks for as it begins (charts). */
function partsOf(chunks: Chunks, main: Set<string>): Record<string, string[]> {
  const parts: Record<string, string[]> = {};
  for (const { facadeModuleId, fileName } of chunks.values()) {
    const page = facadeModuleId?.match(PAGE)?.[1];
    if (!page) continue;
    const own = [...closure(chunks, fileName)].filter((name) => !main.has(name));
    const next = own
      .flatMap((name) => chunks.get(name)?.dynamicImports ?? [])
      .filter((name) => name.includes("canvas"))
      .flatMap((name) => [...closure(chunks, name)].filter((each) => !main.has(each)));
    parts[page === "overview" ? "/" : `/${page}`] = [...new Set([...own, ...next])].map((name) => `/${name}`);
  }
  return parts;
}

export function early(): Plugin {
  return {
    name: "early",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        const script = (src: string) => ({
          tag: "script",
          // Not held up by style sheets, as scripts in order are.
          attrs: { type: "module", async: true, fetchpriority: "high", src },
          injectTo: "head" as const,
        });
        if (!bundle) return [script(`/${SOURCE}`)];
        const chunks = chunksOf(bundle as OutputBundle);
        const entries = [...chunks.values()].filter(({ isEntry }) => isEntry);
        const first = entries.find(({ facadeModuleId }) => facadeModuleId?.endsWith(SOURCE));
        const page = entries.find((each) => each !== first);
        if (!first || !page) throw new Error(`no ${SOURCE} in the build`);
        const parts = partsOf(chunks, closure(chunks, page.fileName));
        const named = { name: "bursar-parts", content: JSON.stringify(parts) };
        return [
          { ...script(`/${first.fileName}`), injectTo: "head-prepend" },
          { tag: "meta", attrs: named, injectTo: "head" },
        ];
      },
    },
  };
}
