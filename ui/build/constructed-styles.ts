/** Makes libraries that write `<style>` elements at run time use constructed style sheets instead. */

import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const OWN = fileURLToPath(new URL("../src/styles/constructed.ts", import.meta.url));
const ELEMENTS = ["/InlineStyles.mjs", "/MantineClasses.mjs", "/MantineCssVariables.mjs"];
const SINGLETON = "/react-style-singleton/dist/es2015/singleton.js";
const USE = /\bjsx\("style",/g;

/**
 * The Content-Security-Policy is `style-src 'self'`: a style element made by a script is blocked, a
 * constructed sheet (CSSOM) is not. Mantine writes elements in three modules, its scroll lock in one.
 * The build fails where one of them is no longer found, as after an update that moves it.
 */
export function constructedStyles(): Plugin {
  const found = new Set<string>();
  return {
    name: "constructed-styles",
    enforce: "pre",
    apply: "build",
    transform(code, id) {
      if (id.includes("react-style-singleton") && id.endsWith(SINGLETON)) {
        found.add(SINGLETON);
        return { code: `export { stylesheetSingleton } from ${JSON.stringify(OWN)};`, map: null };
      }
      const place = id.includes("@mantine/core") && ELEMENTS.find((each) => id.endsWith(each));
      if (!place) return null;
      const changed = code.replace(USE, "jsx(ConstructedStyle,");
      if (changed === code) this.error(`${id} writes its styles in another way than before`);
      found.add(place);
      return { code: `import { ConstructedStyle } from ${JSON.stringify(OWN)};\n${changed}`, map: null };
    },
    buildEnd(error) {
      const missing = [...ELEMENTS, SINGLETON].filter((each) => !found.has(each));
      if (!error && missing.length) this.error(`not found, so not replaced: ${missing.join(", ")}`);
    },
  };
}
