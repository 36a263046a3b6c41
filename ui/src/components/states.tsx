/** What stands where there is nothing yet, nothing at all, or something went wrong. */

import { Button, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { asProblem, ProblemError } from "~/api/problem";
import { YAML_PATH } from "~/api/yaml";
import classes from "./page.module.css";

interface EmptyProps {
  title: string;
  /** Why there is nothing, and what to do. */
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className={classes.empty}>
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** As many grey lines as the table will have rows: nothing moves when they come. */
export function SkeletonRows({ rows = 8, height = 34 }: { rows?: number; height?: number }) {
  return (
    <div aria-hidden="true" style={{ padding: "0 14px" }}>
      {Array.from({ length: rows }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have nothing else
        <div key={place} style={{ height, display: "flex", alignItems: "center" }}>
          <Skeleton height={10} width={`${90 - ((place * 17) % 40)}%`} />
        </div>
      ))}
    </div>
  );
}

export function SkeletonBox({ height }: { height: number }) {
  return <Skeleton height={height} radius={6} aria-hidden="true" />;
}

const WAYS_ON: Record<string, string> = {
  forbidden: "An administrator can give a role that may do this (Settings, People).",
  not_found: "It may have been removed, or it is not within what your roles let you see.",
  unauthorized: "The session has ended: sign in again, what is on the page stays.",
  conflict: "Somebody changed it meanwhile: load it again, then repeat the change.",
  unavailable: "This passes by itself as a rule: the page tries again.",
  unreachable: "The page tries again by itself and says when the connection is back.",
  invalid_input: "The address or the filters ask for something that is not there: change or clear them.",
};

interface ProblemViewProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
  /** What was asked for, when the title alone would not say it: "The budgets". */
  what?: string;
}

/** A failure: what happened, how to go on, and a way to try again. */
export function ProblemView({ error, onRetry, what }: ProblemViewProps) {
  const problem = asProblem(error);
  // Where the server says what to do, that is enough.
  const way = /administrator/.test(problem.message) ? undefined : WAYS_ON[problem.code];
  return (
    <div className={`card ${classes.problem}`} role="alert">
      <h3>{what ? `${what}: ${problem.title}` : problem.title}</h3>
      <p>
        {sentence(problem.message)} {way && <span className="dim">{way}</span>}
      </p>
      <div className="row">
        {onRetry && problem.code !== "forbidden" && (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        {problem.code === "invalid_input" && (
          <Button variant="default" renderRoot={(props) => <Link to="." search={{}} {...props} />}>
            Clear filters and span
          </Button>
        )}
      </div>
    </div>
  );
}

function sentence(text: string): string {
  // An address stays as it is written.
  // Of text that was typed into the page there is no file.
  const said = text.replaceAll(`${YAML_PATH}:`, "line ");
  const first = /^\S*@/.test(said) ? said : said.charAt(0).toUpperCase() + said.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** The session is over: the dialog in front says so, and what is behind it waits. */
export function isEnded(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 401;
}

export interface Query<T> {
  data: T | undefined;
  error: ProblemError | Error | unknown;
  refetch: () => unknown;
  isPlaceholderData: boolean;
}

interface LoadedProps<T> {
  query: Query<T>;
  /** What stands there until the first answer, as high as what will come. */
  skeleton: ReactNode;
  what?: string;
  children: (data: T) => ReactNode;
}

/**
 * The states of a query in one place: skeleton, then data. Data that is there stays while it is asked anew, and
 * also when that fails; a problem is shown above it.
 */
export function Loaded<T>({ query, skeleton, what, children }: LoadedProps<T>) {
  const { data } = query;
  const error = isEnded(query.error) ? null : query.error;
  if (data === undefined) {
    return error ? (
      <ProblemView error={error} onRetry={query.refetch} {...(what ? { what } : {})} />
    ) : (
      skeleton
    );
  }
  return (
    <div
      style={query.isPlaceholderData ? { opacity: 0.6, transition: "opacity 120ms 150ms" } : undefined}
      aria-busy={query.isPlaceholderData}
    >
      {error ? <ProblemView error={error} onRetry={query.refetch} {...(what ? { what } : {})} /> : null}
      {children(data)}
    </div>
  );
}
