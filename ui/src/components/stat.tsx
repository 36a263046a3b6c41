/** One figure with its label and how it moved, in words and a sign, never in colour alone. */

import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { minus, ratio } from "~/format/exact";
import { change } from "~/format/format";
import classes from "./page.module.css";

interface StatProps {
  label: ReactNode;
  /** Undefined while it loads: a skeleton of the same height. */
  value: ReactNode | undefined;
  note?: ReactNode;
}

export function Stat({ label, value, note }: StatProps) {
  return (
    <section className={`card ${classes.stat}`}>
      <p className={classes.statLabel}>{label}</p>
      <div className={classes.statValue}>
        {value === undefined ? <Skeleton height={20} my={4} width="60%" /> : value}
      </div>
      <div className={classes.statNote}>{value === undefined ? "" : note}</div>
    </section>
  );
}

interface DeltaProps {
  /** Exact decimal texts or numbers. */
  now: string | number;
  before: string | number | null | undefined;
  /** What before was: "the 7 days before". */
  than?: string;
  /** Whether more is worse, as with cost. */
  moreIsWorse?: boolean;
}

/** "+12.3 % more than yesterday", "160 times yesterday". */
export function Delta({ now, before, than = "before", moreIsWorse = true }: DeltaProps) {
  if (before == null) return <span className="dim">nothing to compare with</span>;
  const share = relative(now, before);
  if (share === 0) return <span className="dim">as {than}</span>;
  const worse = (share === null || share > 0) === moreIsWorse;
  const [sign, word] = change(share);
  return (
    <span>
      <span className={`num ${worse ? classes.bad : classes.good}`}>{sign}</span>
      {share === null ? `, nothing ${than}` : ` ${word} ${than}`}
    </span>
  );
}

function relative(now: string | number, before: string | number): number | null {
  if (typeof now === "string" && typeof before === "string") {
    const difference = minus(now, before);
    return difference === "0" ? 0 : ratio(difference, before);
  }
  const [a, b] = [Number(now), Number(before)];
  return a === b ? 0 : b === 0 ? null : (a - b) / b;
}
