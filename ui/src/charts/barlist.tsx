/** Shares of a whole as a list of bars: plain HTML, so it needs no chart library and reads as a list. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { percent, type Quantity, quantity, quantityExact, type Unit } from "~/format/format";
import type { Search } from "~/state/url";
import classes from "./chart.module.css";

export interface BarItem {
  name: string;
  value: Quantity;
  /** Of the whole, 0 to 1. */
  share: number | null;
  colour: string;
  hatched?: boolean;
  /** Where its name leads. */
  to?: { to: string; search?: Search };
  /** More about it, at the right: a change. */
  note?: ReactNode;
}

export function BarList({ items, unit }: { items: readonly BarItem[]; unit: Unit }) {
  const size = (value: Quantity) => Math.max(0, Number(value ?? 0));
  const most = Math.max(0, ...items.map(({ value }) => size(value)));
  return (
    <ul className={classes.bars}>
      {items.map(({ name, value, share, colour, hatched, to, note }) => (
        <li key={name} className={classes.bar}>
          <span className="cut plain" title={name}>
            {to ? (
              <Link className="plain" to={to.to} search={(to.search ?? {}) as never}>
                {name || "(none)"}
              </Link>
            ) : (
              name || "(none)"
            )}
          </span>
          <span className="num" title={quantityExact(value, unit)}>
            {quantity(value, unit)}
          </span>
          <span className={`num ${classes.barShare}`}>{note ?? percent(share)}</span>
          <span className={classes.track} aria-hidden="true">
            <span
              className={`${classes.fill} ${classes.swatch}`}
              data-hatched={hatched ?? false}
              style={{
                display: "block",
                height: "100%",
                width: `${most > 0 ? (size(value) / most) * 100 : 0}%`,
                backgroundColor: colour,
              }}
            />
          </span>
        </li>
      ))}
    </ul>
  );
}
