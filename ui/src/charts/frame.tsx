/** What is around every chart: title, unit, table behind it, PNG, and the states before there is something to draw. */

import { ActionIcon, Tooltip } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { type ReactNode, useRef, useState } from "react";
import { IconChartBar, IconDownload, IconTable } from "~/app/icons";
import { Empty, isEnded, ProblemView, SkeletonBox } from "~/components/states";
import { useZone } from "~/state/hooks";
import type { CanvasHandle, ChartClick } from "./canvas";
import classes from "./chart.module.css";
import { pictureOf } from "./png";
import { useChartTheme } from "./theme";
import { useCanvas } from "./usecanvas";

export interface ChartProps {
  title: string;
  /** The unit in words: "USD", "tokens", "ms". */
  unit: string;
  /** Of the drawing area; the skeleton and the empty state are as high. */
  height?: number;
  /** Nothing has come yet. */
  loading?: boolean;
  /** Why nothing will come, of the query; and how to try again. */
  error?: unknown;
  onRetry?: (() => void) | undefined;
  /** What stands there when there is nothing to draw. */
  empty?: ReactNode;
  /** What the figures say, in a sentence under the title. */
  note?: ReactNode;
  /** More controls beside the tools. */
  controls?: ReactNode;
}

interface FrameProps extends ChartProps {
  isEmpty: boolean;
  option: EChartsCoreOption;
  onClick?: ((click: ChartClick) => void) | undefined;
  /** The same figures as a table: for those who cannot see the chart, and for exact values. */
  table: ReactNode;
  legend?: ReactNode;
}

function save(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.png`;
  link.click();
}

/** What the legend says, as it stands in the page. */
function seriesIn(section: HTMLElement | null): { name: string; colour: string }[] {
  return [...(section?.querySelectorAll<HTMLElement>("[data-legend] li") ?? [])].map((item) => ({
    name: item.textContent ?? "",
    colour: item.querySelector<HTMLElement>("span[data-hatched]")?.style.backgroundColor || "transparent",
  }));
}

export function Frame(props: FrameProps) {
  const { title, unit, height = 280, loading = false, isEmpty, option, onClick, table, legend } = props;
  const [asTable, setAsTable] = useState(false);
  const canvas = useRef<CanvasHandle>(null);
  const Canvas = useCanvas();
  const waiting = loading || isEnded(props.error);
  const failed = !waiting && props.error != null && isEmpty;
  const drawn = !waiting && !isEmpty;
  const section = useRef<HTMLElement>(null);
  const theme = useChartTheme();
  const zone = useZone();
  const png = async () => {
    const drawing = canvas.current?.png();
    if (!drawing) return;
    const days = document.querySelector("main [data-subtitle]")?.textContent ?? "";
    const picture = {
      drawing,
      title,
      subtitle: `${unit}; ${days}; ${zone}`,
      ground: theme.surface,
      text: theme.text,
    };
    save(await pictureOf({ ...picture, series: seriesIn(section.current) }), title);
  };
  return (
    <section ref={section} className="card" aria-label={`${title}, ${unit}`}>
      <div className={classes.head}>
        <h2 className={classes.title}>{title}</h2>
        <span className={classes.unit}>{unit}</span>
        <div className={classes.tools}>
          {props.controls}
          <Tooltip label={asTable ? "Show the chart" : "Show the table"}>
            <ActionIcon
              aria-label={asTable ? `Show the chart ${title}` : `Show the table of ${title}`}
              disabled={!drawn}
              onClick={() => setAsTable((was) => !was)}
            >
              {asTable ? <IconChartBar size={16} /> : <IconTable size={16} />}
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Save as PNG">
            <ActionIcon
              aria-label={`Save ${title} as PNG`}
              disabled={!drawn || asTable}
              onClick={() => void png()}
            >
              <IconDownload size={16} />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      {props.note !== undefined && <p className={classes.note}>{props.note}</p>}
      <div className={classes.body}>
        {waiting && <SkeletonBox height={height} />}
        {failed && (
          <div style={{ minHeight: height }}>
            <ProblemView error={props.error} onRetry={props.onRetry} />
          </div>
        )}
        {!waiting && !failed && isEmpty && (
          <div className={classes.empty} style={{ height }}>
            {props.empty ?? (
              <Empty title="No calls in this span">Choose a longer span, or fewer filters.</Empty>
            )}
          </div>
        )}
        {drawn && asTable && (
          <div
            className={classes.table}
            style={{ height }}
            tabIndex={0}
            role="group"
            aria-label={`Table of ${title}`}
          >
            {table}
          </div>
        )}
        {drawn &&
          !asTable &&
          (Canvas ? (
            <Canvas ref={canvas} option={option} height={height} onClick={onClick} />
          ) : (
            <SkeletonBox height={height} />
          ))}
        {drawn && legend}
      </div>
    </section>
  );
}

/** A plain table of the figures of a chart. */
export function FigureTable({ head, rows }: { head: string[]; rows: { key: string; cells: ReactNode[] }[] }) {
  return (
    <table style={{ borderCollapse: "collapse", width: "100%", fontSize: 13 }}>
      <thead>
        <tr>
          {head.map((name, place) => (
            <th
              key={name}
              scope="col"
              style={{
                textAlign: place ? "right" : "left",
                padding: "4px 10px 4px 0",
                fontWeight: 600,
                whiteSpace: "nowrap",
                position: "sticky",
                top: 0,
                background: "var(--surface)",
              }}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key} style={{ borderTop: "1px solid var(--line)" }}>
            {cells.map((cell, place) => (
              <td
                key={head[place]}
                style={{
                  textAlign: place ? "right" : "left",
                  padding: "3px 10px 3px 0",
                  whiteSpace: "nowrap",
                }}
              >
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
