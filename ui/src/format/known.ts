/** How much of a span is known that something is compared with. */

import { instant } from "./zone";

/** ", of which calls are known since 1 Nov, 16:00"; nothing where all of it is known. */
export function knownOf(since: string | null, to: string, zone: string): string {
  if (!since) return "";
  if (Date.parse(since) >= Date.parse(to)) return ", of which no call is known";
  return `, of which calls are known since ${instant(since, zone, "minute")}`;
}
