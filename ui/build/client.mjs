/** Writes src/api/schema.d.ts from the OpenAPI document in the file that is named: `make client`. */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const text = readFileSync(process.argv[2], "utf8");
const types = astToString(
  await openapiTS(JSON.parse(text), { alphabetize: true, defaultNonNullable: false }),
);
const hash = createHash("sha256").update(text).digest("hex");
// tests/browser/test_client_is_fresh.py compares this hash with that of the document as it is served.
const head = `// Made by \`make client\`; change the API, then run it.\n// OpenAPI document: sha256 ${hash}\n\n`;
writeFileSync(fileURLToPath(new URL("../src/api/schema.d.ts", import.meta.url)), head + types);
