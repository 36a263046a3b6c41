/** What a chart says under the pointer, as elements: text from users never becomes markup. */

import classes from "./chart.module.css";

export interface TipRow {
  colour?: string | undefined;
  name: string;
  value: string;
}

function element(tag: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

export function tip(head: string, rows: readonly TipRow[], foot?: string): HTMLElement {
  const box = element("div", classes.tip ?? "");
  box.append(element("div", classes.tipHead ?? "", head));
  for (const { colour, name, value } of rows) {
    const row = element("div", classes.tipRow ?? "");
    const swatch = element("span", classes.swatch ?? "");
    swatch.style.background = colour ?? "transparent";
    row.append(swatch, element("span", "", name), element("span", "", value));
    box.append(row);
  }
  if (foot) box.append(element("div", "dim", foot));
  return box;
}
