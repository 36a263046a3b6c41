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
