/** How much of a limit is spent and held, as a bar with its words. */

import type { components } from "~/api/schema";
import { percent } from "~/format/format";
import classes from "./budgets.module.css";

type Account = components["schemas"]["Account"];

export function Gauge({ account }: { account: Account }) {
  const used = account.used_percent / 100;
  const limit = Number(account.limit);
  const held = limit > 0 ? Number(account.held) / limit : 0;
  const tone = used >= 1 ? "over" : used >= 0.8 ? "near" : "fine";
  return (
    <span
      className={classes.gauge}
      data-tone={tone}
      title={`${account.used_percent} % spent, ${account.held} held by calls in flight`}
    >
      <span className={classes.track}>
        <span className={classes.spent} data-tone={tone} style={{ width: `${Math.min(1, used) * 100}%` }} />
        <span className={classes.held} style={{ width: `${Math.min(1 - Math.min(1, used), held) * 100}%` }} />
      </span>
      <span className={`num ${classes.gaugeText}`}>{percent(used)}</span>
    </span>
  );
}
