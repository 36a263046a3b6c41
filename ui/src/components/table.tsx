/** A table of up to tens of thousands of rows: sorted, columns chosen, totals below, walked by keyboard. */

import { ActionIcon, Checkbox, Popover, Stack, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  columnVisibilityFeature,
  createSortedRowModel,
  type ReactTable,
  type Row,
  rowSortingFeature,
  type SortFn,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useId, useMemo, useRef, useState } from "react";
import { IconArrowDown, IconArrowUp, IconColumns3, IconSelector } from "~/app/icons";
import { compare } from "~/format/exact";
import { count } from "~/format/format";
import classes from "./table.module.css";

export interface Column<T> {
  id: string;
  /** Of the head; also its name in the choice of columns. */
  name: string;
  /** More about it, in the head's title: the unit, how it is counted. */
  title?: string;
  /** What is sorted by, and shown where `cell` is missing. Exact text where `kind` is money. */
  value: (row: T) => string | number | null | undefined;
  cell?: (row: T) => ReactNode;
  /** Numbers and money are right-aligned, sorted largest first. */
  kind?: "text" | "number" | "money";
  /** Pixels; the first column without one takes what is left, and at least 160. */
  width?: number;
  /** Below the column: a total that the server or an exact sum gives. */
  total?: ReactNode;
  /** Not shown until chosen. */
  hidden?: boolean;
  /** Its pixels on a phone, where four fifths of `width` are not right; false: not shown there until chosen. */
  narrow?: number | false;
  sortable?: boolean;
}

export interface Sort {
  id: string;
  desc: boolean;
}

interface DataTableProps<T> {
  /** What the table holds, for screen readers. */
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  /** At Enter and click; a link in the first cell serves those who want a new tab. */
  onOpen?: (row: T) => void;
  /** The row whose details are open beside the table. */
  chosen?: string | undefined;
  /** Where the order lives in the URL; else the table keeps it. */
  sort?: Sort | undefined;
  onSort?: (sort: Sort | undefined) => void;
  /** Cells of words are as high as their words need. */
  wraps?: boolean;
  /** At most this high; then it scrolls in itself. */
  height?: number;
  /** Beside the choice of columns: "120 calls". */
  note?: ReactNode;
}

const ROW_PX = 34;
const GROW_PX = { wide: 160, narrow: 136 };
const NARROW = "(max-width: 40em)";
const NARROWER = 0.8; // with less room between columns there (table.module.css)

const features = tableFeatures({
  rowSortingFeature,
  columnVisibilityFeature,
  sortedRowModel: createSortedRowModel(),
});
type Features = typeof features;

function order<T>(column: Column<T>): SortFn<Features, T & object> {
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  return (a, b) => {
    const [x, y] = [column.value(a.original) ?? "", column.value(b.original) ?? ""];
    if (column.kind === "money") return compare(String(x || "0"), String(y || "0"));
    return typeof x === "number" && typeof y === "number" ? x - y : collator.compare(String(x), String(y));
  };
}

function narrowed<T>({ width, narrow }: Column<T>): { width?: number } {
  if (narrow) return { width: narrow };
  return width ? { width: Math.round(width * NARROWER) } : {};
}

export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { rows, columns, rowKey, sort, onSort } = props;
  const [own, setOwn] = useState<SortingState>([]);
  const [chosen, setChosen] = useState<Record<string, boolean>>({});
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false });
  const columnVisibility = useMemo((): Record<string, boolean> => {
    const left = columns.filter(({ hidden, narrow }) => hidden || (narrow === false && isNarrow));
    return { ...Object.fromEntries(left.map(({ id }) => [id, false])), ...chosen };
  }, [columns, chosen, isNarrow]);
  const sorting = useMemo(() => (onSort ? (sort ? [sort] : []) : own), [onSort, sort, own]);
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        // Undefined goes last in either direction; null would not.
        accessorFn: (row: T) => column.value(row) ?? undefined,
        sortFn: order<T>(column),
        sortUndefined: "last" as const,
        sortDescFirst: column.kind === "number" || column.kind === "money",
        enableSorting: column.sortable ?? true,
      })),
    [columns],
  );
  const table = useTable({
    features,
    data: rows as T[],
    columns: definitions,
    getRowId: rowKey,
    state: { sorting, columnVisibility },
    onSortingChange: (update) => {
      const next = typeof update === "function" ? update(sorting) : update;
      if (onSort) onSort(next[0]);
      else setOwn(next);
    },
    onColumnVisibilityChange: (update) => {
      const next = typeof update === "function" ? update(columnVisibility) : update;
      // What was not touched goes on by the width of the screen.
      const touched = Object.entries(next).filter(([id, on]) => on !== (columnVisibility[id] ?? true));
      setChosen((before) => ({ ...before, ...Object.fromEntries(touched) }));
    },
    enableMultiSort: false,
  });
  const shown = columns
    .filter(({ id }) => table.getColumn(id)?.getIsVisible())
    .map((column) => (isNarrow ? { ...column, ...narrowed(column) } : column));
  return (
    <div>
      <div className={classes.bar}>
        <span>{props.note ?? `${count(rows.length)} ${rows.length === 1 ? "row" : "rows"}`}</span>
        <ColumnChoice columns={columns} table={table as unknown as AnyTable} />
      </div>
      <Body {...props} table={table} shown={shown} isNarrow={isNarrow} />
    </div>
  );
}

/** What the choice of columns needs of a table, whatever its rows are. */
interface AnyTable {
  getColumn: (
    id: string,
  ) => { getIsVisible: () => boolean; toggleVisibility: (on: boolean) => void } | undefined;
}

function ColumnChoice({
  columns,
  table,
}: {
  columns: readonly { id: string; name: string }[];
  table: AnyTable;
}) {
  return (
    <Popover position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label="Choose columns">
          <ActionIcon size="sm" aria-label="Choose columns">
            <IconColumns3 size={15} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown mah={360} style={{ overflowY: "auto" }}>
        <Stack gap={6}>
          {columns.map(({ id, name }, place) => (
            <Checkbox
              key={id}
              size="xs"
              label={name}
              disabled={place === 0}
              checked={table.getColumn(id)?.getIsVisible() ?? true}
              onChange={(event) => table.getColumn(id)?.toggleVisibility(event.currentTarget.checked)}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface BodyProps<T extends object> extends DataTableProps<T> {
  table: ReactTable<Features, T>;
  shown: readonly Column<T>[];
  isNarrow: boolean;
}

function Body<T extends object>({
  wraps = false,
  table,
  shown,
  isNarrow,
  height = 560,
  label,
  onOpen,
  chosen,
}: BodyProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const rows = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (place) => rows[place]?.id ?? place,
    overscan: 12,
    scrollPaddingStart: ROW_PX,
    scrollPaddingEnd: ROW_PX,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const least = shown.reduce(
    (sum, { width }) => sum + (width ?? (isNarrow ? GROW_PX.narrow : GROW_PX.wide)),
    0,
  );
  const hasTotals = shown.some(({ total }) => total !== undefined);
  const walk = (event: KeyboardEvent, place: number) => {
    if (event.target !== event.currentTarget) return;
    const to = stepped(event.key, place, rows.length - 1);
    const row = rows[place];
    if (to !== null) {
      event.preventDefault();
      setFocused(to);
      virtual.scrollToIndex(to);
      // After the rows of the new place are there.
      requestAnimationFrame(() =>
        box.current?.querySelector<HTMLElement>(`[data-place="${to}"]`)?.focus({ preventScroll: true }),
      );
    } else if (event.key === "Enter" && row && onOpen) {
      event.preventDefault();
      onOpen(row.original);
    }
  };
  return (
    <div
      ref={box}
      className={classes.box}
      style={{ maxHeight: height }}
      role="region"
      aria-label={label}
      tabIndex={0}
    >
      <table
        className={classes.table}
        data-wraps={wraps}
        style={{ minWidth: least }}
        aria-rowcount={rows.length + 1}
      >
        <colgroup>
          {shown.map(({ id, width }) => (
            <col key={id} style={width ? { width } : undefined} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {shown.map((column) => (
              <Head key={column.id} column={column} table={table} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={before} columns={shown.length} />
          {items.map(({ index }) => {
            const row = rows[index] as Row<Features, T>;
            return (
              <tr
                key={row.id}
                ref={wraps ? virtual.measureElement : undefined}
                data-index={index}
                className={classes.row}
                data-place={index}
                data-opens={onOpen !== undefined}
                data-chosen={row.id === chosen}
                aria-rowindex={index + 2}
                tabIndex={index === Math.min(focused, rows.length - 1) ? 0 : -1}
                onFocus={() => setFocused(index)}
                onKeyDown={(event) => walk(event, index)}
                onClick={onOpen && ((event) => isPlain(event) && onOpen(row.original))}
              >
                {shown.map((column) => (
                  <td key={column.id} data-right={isRight(column)}>
                    {column.cell ? column.cell(row.original) : text(column.value(row.original))}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer height={after} columns={shown.length} />
        </tbody>
        {hasTotals && rows.length > 0 && (
          <tfoot>
            <tr>
              {shown.map((column) => (
                <td key={column.id} data-right={isRight(column)}>
                  {column.total}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

/** A click on the row itself: not on a link or button in it, and not the end of a selection of text. */
function isPlain(event: React.MouseEvent): boolean {
  return !(event.target as Element).closest("a, button, input, label") && !window.getSelection()?.toString();
}

function stepped(key: string, place: number, last: number): number | null {
  const to = {
    ArrowDown: place + 1,
    ArrowUp: place - 1,
    PageDown: place + 12,
    PageUp: place - 12,
    Home: 0,
    End: last,
  }[key];
  return to === undefined ? null : Math.max(0, Math.min(last, to));
}

function isRight<T>({ kind = "text" }: Column<T>): boolean {
  return kind !== "text";
}

function text(value: string | number | null | undefined): ReactNode {
  if (value == null) return "–";
  return typeof value === "number" ? count(value) : <span title={value}>{value}</span>;
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr className={classes.spacer} aria-hidden="true">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

function Head<T extends object>({ column, table }: { column: Column<T>; table: ReactTable<Features, T> }) {
  const id = useId();
  const handle = table.getColumn(column.id);
  const sorted = handle?.getIsSorted() || false;
  const Icon = sorted === "asc" ? IconArrowUp : sorted === "desc" ? IconArrowDown : IconSelector;
  return (
    <th
      scope="col"
      id={id}
      data-right={isRight(column)}
      title={column.title}
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
    >
      {handle?.getCanSort() ? (
        <button
          type="button"
          className={classes.sort}
          data-sorted={sorted !== false}
          onClick={() => handle.toggleSorting()}
        >
          <span className="cut">{column.name}</span>
          <Icon size={12} aria-hidden="true" opacity={sorted ? 1 : 0.45} />
        </button>
      ) : (
        column.name
      )}
    </th>
  );
}
