/** Parts of options that charts share: axes, tooltips, in the page's colours. */

import { axis, type Unit } from "~/format/format";
import type { ChartTheme } from "./theme";

export function valueAxis(theme: ChartTheme, unit: Unit) {
  return {
    type: "value" as const,
    min: 0,
    splitNumber: 4,
    axisLabel: { color: theme.dim, fontSize: 11, formatter: (value: number) => axis(value, unit) },
    splitLine: { lineStyle: { color: theme.line } },
  };
}

export function categoryAxis(theme: ChartTheme, names: readonly string[]) {
  return {
    type: "category" as const,
    data: [...names],
    axisLabel: { color: theme.dim, fontSize: 11, hideOverlap: true },
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { show: false },
  };
}

export function tooltip(theme: ChartTheme) {
  return {
    backgroundColor: theme.surface,
    borderColor: theme.line,
    textStyle: { color: theme.text, fontFamily: theme.font },
    confine: true,
    transitionDuration: 0,
    padding: [8, 10],
  };
}

export const GRID = { left: 4, right: 8, top: 12, bottom: 4, outerBoundsMode: "same" as const };

const HATCH = {
  symbol: "rect",
  color: "rgba(255,255,255,0.45)",
  dashArrayX: [1, 0],
  dashArrayY: [2, 4],
  rotation: -Math.PI / 4,
};

/** What nobody owns is hatched, so that it is not taken for one more owner. */
export function decalOf(hatched: boolean) {
  return hatched ? HATCH : undefined;
}
