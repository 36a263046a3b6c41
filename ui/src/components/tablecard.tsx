/** A card that is one table: its skeleton, the table, or what to do where there are no rows. */

import type { ReactNode } from "react";
import { Card } from "./page";
import { Loaded, type Query, SkeletonRows } from "./states";
import { type Column, DataTable } from "./table";

interface TableCardProps<D, T extends object> {
  title: string;
  note?: ReactNode;
  query: Query<D>;
  rows: (data: D) => readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  empty: ReactNode;
  /** Rows of the skeleton: about as many as will come. */
  expected?: number;
  height?: number;
  /** Beside the choice of columns. */
  tableNote?: ReactNode;
}

export function TableCard<D, T extends object>({
  title,
  note,
  query,
  rows,
  columns,
  rowKey,
  empty,
  expected = 6,
  height = 360,
  tableNote,
}: TableCardProps<D, T>) {
  return (
    <Card title={title} note={note} flush>
      <Loaded query={query} skeleton={<SkeletonRows rows={expected} />} what={title}>
        {(data) => {
          const found = rows(data);
          if (!found.length) return empty;
          return (
            <DataTable
              label={title}
              rows={found}
              columns={columns}
              rowKey={rowKey}
              height={height}
              note={tableNote}
            />
          );
        }}
      </Loaded>
    </Card>
  );
}
