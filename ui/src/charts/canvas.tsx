/** One ECharts canvas: made once, kept to its box, fed with options. */

import { useReducedMotion } from "@mantine/hooks";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import classes from "./chart.module.css";
import { init } from "./echarts";
import { type ChartTheme, useChartTheme } from "./theme";

/** What was clicked: positions into the chart's own data. */
export interface ChartClick {
  seriesIndex: number;
  dataIndex: number;
  name: string;
  data: unknown;
}

export interface CanvasHandle {
  /** A PNG of twice the size on the page's own ground, as a data URL; never of what still moves. */
  png: () => string | null;
}

interface CanvasProps {
  option: EChartsCoreOption;
  height: number;
  onClick?: ((click: ChartClick) => void) | undefined;
  ref?: Ref<CanvasHandle>;
}

function themed(option: EChartsCoreOption, theme: ChartTheme): EChartsCoreOption {
  return { textStyle: { fontFamily: theme.font, color: theme.text }, ...option };
}

export default function Canvas({ option, height, onClick, ref }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const latest = useRef(onClick);
  const still = useReducedMotion();
  const theme = useChartTheme();
  useEffect(() => {
    latest.current = onClick;
  });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = init(element, null, { renderer: "canvas" });
    chart.current = made;
    made.on("click", (event) => {
      const { seriesIndex, dataIndex, name, data } = event as unknown as ChartClick;
      latest.current?.({ seriesIndex, dataIndex, name, data });
    });
    const watcher = new ResizeObserver(() => {
      // It also tells the size that is there at first, for which nothing need be drawn again.
      const { clientWidth, clientHeight } = element;
      if (made.getWidth() !== clientWidth || made.getHeight() !== clientHeight) made.resize();
    });
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(
      {
        animation: !still,
        animationDuration: 200,
        animationDurationUpdate: 200,
        ...themed(option, theme),
      },
      { notMerge: true },
    );
  }, [option, still, theme]);
  useImperativeHandle(ref, () => ({
    png: () => {
      const shown = chart.current;
      if (!shown) return null;
      const size = { width: shown.getWidth(), height: shown.getHeight() };
      const drawn = init(document.createElement("div"), null, { renderer: "canvas", ...size });
      drawn.setOption({ ...themed(option, theme), animation: false });
      const url = drawn.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: theme.surface });
      drawn.dispose();
      return url;
    },
  }));
  // The table behind the chart says the same; a screen reader is led there.
  return <div ref={box} className={classes.canvas} style={{ height }} aria-hidden="true" />;
}
