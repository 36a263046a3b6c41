/** How a form shows what the server found wrong with it: at the fields it names, the rest above the buttons. */

import type { ProblemError } from "~/api/problem";

export interface Faults {
  /** By field path: "amount", "roles.0.role". For Mantine's `form.setErrors`. */
  fields: Record<string, string>;
  /** What belongs to no field of the form. */
  rest: string | null;
}

export function faultsOf(problem: ProblemError, known: readonly string[]): Faults {
  const fields: Record<string, string> = {};
  const others: string[] = [];
  for (const { loc, msg } of problem.fields) {
    const path = loc.filter((step) => step !== "body").join(".");
    if (known.includes(path)) fields[path] = msg;
    else others.push(path ? `${path}: ${msg}` : msg);
  }
  const any = Object.keys(fields).length > 0;
  return { fields, rest: others.length ? others.join("; ") : any ? null : problem.message };
}

/** Of a list that one types into, so that ten thousand teams do not all stand in the page. */
export const OPTIONS_MOST = 100;

/** Enter in a field with a list takes what is marked there; it sends no form. For a form's `onKeyDown`. */
export function keepEnter(event: { key: string; target: EventTarget; preventDefault: () => void }): void {
  const isList =
    event.target instanceof HTMLInputElement && event.target.getAttribute("aria-haspopup") === "listbox";
  if (event.key === "Enter" && isList) event.preventDefault();
}
