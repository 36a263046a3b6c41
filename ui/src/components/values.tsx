/** Numbers as elements: written one way, aligned, with the exact value in the title. */

import {
  count,
  duration,
  money,
  moneyExact,
  NONE,
  percent,
  type Quantity,
  quantity,
  quantityExact,
  tokens,
  type Unit,
} from "~/format/format";
import { ago, instant } from "~/format/zone";
import { useZone } from "~/state/hooks";
import { useNow } from "~/state/now";

/** An amount in USD; `value` is exact decimal text, null is "no known price". */
export function Money({ value }: { value: string | null | undefined }) {
  return (
    <span className="num" title={moneyExact(value)}>
      {money(value)}
    </span>
  );
}

export function Count({ value }: { value: number | null | undefined }) {
  return <span className="num">{count(value)}</span>;
}

export function Tokens({ value }: { value: number | null | undefined }) {
  return (
    <span className="num" title={value == null ? "no value" : `${count(value)} tokens`}>
      {tokens(value)}
    </span>
  );
}

/** A share of 1. */
export function Percent({ value, title }: { value: number | null | undefined; title?: string }) {
  return (
    <span className="num" title={title ?? (value == null ? "no value" : `${value * 100} %`)}>
      {percent(value)}
    </span>
  );
}

export function Duration({ ms }: { ms: number | null | undefined }) {
  return (
    <span className="num" title={ms == null ? "no value" : `${ms} ms`}>
      {duration(ms)}
    </span>
  );
}

/** A value of any measure. */
export function Value({ value, unit }: { value: Quantity; unit: Unit }) {
  return (
    <span className="num" title={quantityExact(value, unit)}>
      {quantity(value, unit)}
    </span>
  );
}

/** An instant in the chosen time zone; the title has date, second and zone. */
export function Instant({
  at,
  shown = "minute",
}: {
  at: string | null | undefined;
  shown?: "day" | "minute" | "second" | "time";
}) {
  const zone = useZone();
  if (!at) return <span>{NONE}</span>;
  return (
    <time className="num" dateTime={at} title={instant(at, zone, "exact")}>
      {instant(at, zone, shown)}
    </time>
  );
}

/** "3 min ago", moving on by itself. */
const TICK_MS = 10_000;

export function Ago({ at }: { at: string | null | undefined }) {
  const zone = useZone();
  const now = useNow(TICK_MS);
  if (!at) return <span>never</span>;
  const moment = new Date(at);
  // What has just come is newer than the last tick: that is no time to come.
  const isNew = moment > now && moment.getTime() - now.getTime() <= TICK_MS;
  return (
    <time className="num" dateTime={at} title={instant(at, zone, "exact")}>
      {ago(isNew ? now : moment, now)}
    </time>
  );
}

/** A name from users: text, cut when it is long, whole in the title. */
export function Name({ children, width }: { children: string; width?: string }) {
  return (
    <span className="cut" title={children} style={width ? { maxWidth: width } : undefined}>
      {children === "" ? "(none)" : children}
    </span>
  );
}
