/** Styles that are made at run time, as constructed sheets: the Content-Security-Policy lets no style element in. */

import { useInsertionEffect } from "react";

interface StyleProps {
  children?: string;
  dangerouslySetInnerHTML?: { __html: string };
}

function adopt(css: string): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  };
}

const shared = new Map<string, { users: number; drop: () => void }>();

/** Adopts the sheet once for all that use the same text; returns what lets it go. */
function share(css: string): () => void {
  const known = shared.get(css) ?? { users: 0, drop: adopt(css) };
  known.users += 1;
  shared.set(css, known);
  return () => {
    known.users -= 1;
    if (known.users === 0) {
      shared.delete(css);
      known.drop();
    }
  };
}

/** What stands in for `<style>` in Mantine (see build/constructed-styles.ts). */
export function ConstructedStyle({ children, dangerouslySetInnerHTML }: StyleProps): null {
  const css = dangerouslySetInnerHTML?.__html ?? children ?? "";
  useInsertionEffect(() => share(css), [css]);
  return null;
}

/** What stands in for the same function of react-style-singleton, by which Mantine locks the page's scrolling. */
export function stylesheetSingleton() {
  let users = 0;
  let drop = () => {};
  return {
    add(css: string) {
      if (users === 0) drop = adopt(css);
      users += 1;
    },
    remove() {
      users -= 1;
      if (users === 0) drop();
    },
  };
}
