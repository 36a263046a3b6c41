/** What follows a build: compressed copies beside the files, and the size of what the first page loads. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { chunksOf, closure } from "./chunks.ts";

const COMPRESSED = new Set([".html", ".js", ".css", ".svg", ".json"]);
const WORTH_BYTES = 512;
/** Of the entry, what it imports at once, and the scripts that index.html names, gzip. */
export const INITIAL_LIMIT_BYTES = 350_000;

const brotli = (content: Uint8Array) =>
  brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });

function compress(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPRESSED.has(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    if (content.length < WORTH_BYTES) continue;
    writeFileSync(`${path}.br`, brotli(content));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}

/** Fails a build whose first script is over the limit, so that it grows only by intent. */
export function packed(): Plugin {
  let initial: string[] = [];
  let folder = "";
  return {
    name: "packed",
    apply: "build",
    writeBundle(options, bundle) {
      folder = options.dir ?? "";
      const chunks = chunksOf(bundle);
      const entries = [...chunks.values()].filter(({ isEntry }) => isEntry);
      initial = [...closure(chunks, ...entries.map(({ fileName }) => fileName))];
    },
    closeBundle() {
      if (!folder) return;
      compress(folder);
      const contents = [...initial, "scheme.js"].map((name) => readFileSync(join(folder, name)));
      const gzip = contents.reduce((sum, each) => sum + gzipSync(each, { level: 9 }).length, 0);
      const small = contents.reduce((sum, each) => sum + brotli(each).length, 0);
      const figures = { files: initial.length + 1, gzip_bytes: gzip, brotli_bytes: small };
      writeFileSync(join(folder, "size.json"), `${JSON.stringify(figures)}\n`);
      this.info(`initial script: ${gzip} bytes gzip, ${small} bytes brotli, of ${INITIAL_LIMIT_BYTES}`);
      if (gzip > INITIAL_LIMIT_BYTES) this.error(`the initial script has ${gzip} bytes compressed`);
    },
  };
}
