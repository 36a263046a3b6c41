import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { constructedStyles } from "./build/constructed-styles.ts";
import { early } from "./build/early.ts";
import { packed } from "./build/packed.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The control plane that `npm run dev` shows: its address, and the home whose token opens it without a sign-in. */
const target = process.env.BURSAR_CONTROL_URL ?? "http://127.0.0.1:8080";
const home = process.env.BURSAR_HOME;

function proxy() {
  const headers = home
    ? { authorization: `Bearer ${readFileSync(`${home}/admin-token`, "utf8").trim()}` }
    : undefined;
  return { "/api": { target, headers } };
}

export default defineConfig(({ command, mode }) => ({
  plugins: [react(), constructedStyles(), early(), packed()],
  resolve: { alias: { "~": here("./src") } },
  server: { proxy: command === "serve" && mode !== "test" ? proxy() : undefined },
  build: {
    outDir: here("../src/bursar/api/console"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // In one file: a page need not wait for styles of its own before it is drawn.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { index: here("./index.html"), early: here("./src/early.ts") },
      output: {
        codeSplitting: {
          groups: [
            {
              name: "shared",
              test: /node_modules(?!.*(echarts|zrender|@mantine.dates|dayjs|openapi-fetch))/,
            },
            // All that early.ts needs, in one file beside it.
            {
              name: "asked",
              test: /openapi-fetch|\/src\/(pages\/.*asked|state\/(span|url)|format\/zone|api\/early|session\/mark)\.ts/,
            },
          ],
        },
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
}));
