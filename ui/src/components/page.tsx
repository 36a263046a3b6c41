/** The frame of a page: title, what it is about, actions; and the cards in it. */

import { useRouterState } from "@tanstack/react-router";
import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import classes from "./page.module.css";

interface PageProps {
  /** Also the document's title. */
  title: string;
  /** What one sees: span, zone, unit. */
  subtitle?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, subtitle, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusOnRoute(heading);
  useEffect(() => {
    document.title = `${title} · Bursar`;
  }, [title]);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div style={{ minWidth: 0 }}>
          <h1 className={classes.title} id="page-title" tabIndex={-1} ref={heading}>
            {title}
          </h1>
          {subtitle !== undefined && (
            <p className={classes.subtitle} data-subtitle>
              {subtitle}
            </p>
          )}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** The path whose title had the keyboard last, undefined at the first page: there the browser has it at the top. */
const announced: { path: string | undefined; focused: boolean } = { path: undefined, focused: false };

/**
 * A new page is announced by its title, and the keyboard goes on from its top; changed filters move nothing.
 *
 * A path can be shown by several frames one after another: the page before it, until its code is there, its
 * skeleton, itself. Each that finds the keyboard lost with the one before takes it up.
 */
function useFocusOnRoute(heading: RefObject<HTMLHeadingElement | null>): void {
  const path = useRouterState({
    select: ({ resolvedLocation, location }) => (resolvedLocation ?? location).pathname,
  });
  useEffect(() => {
    const isNew = announced.path !== undefined && announced.path !== path;
    if (isNew || (announced.focused && document.activeElement === document.body)) {
      heading.current?.focus({ preventScroll: true });
      announced.focused = true;
    }
    announced.path = path;
  }, [path, heading]);
}

interface CardProps {
  title?: ReactNode;
  /** Small, at the right of the title: a unit, a link. */
  note?: ReactNode;
  children: ReactNode;
  /** Without padding, for tables. */
  flush?: boolean;
}

export function Card({ title, note, children, flush = false }: CardProps) {
  return (
    <section className="card">
      {(title !== undefined || note !== undefined) && (
        <div className={classes.cardHead}>
          <h2 className={classes.cardTitle}>{title}</h2>
          {note !== undefined && <span className={classes.cardNote}>{note}</span>}
        </div>
      )}
      <div className={flush ? undefined : classes.cardBody} style={flush ? { paddingTop: 8 } : undefined}>
        {children}
      </div>
    </section>
  );
}

/** A quiet box with something to know; `tone` says how much it matters, and words must say it too. */
export function Notice({ tone, children }: { tone?: "warn" | "bad"; children: ReactNode }) {
  return (
    <div className={`card ${classes.notice}`} data-tone={tone} role="note">
      {children}
    </div>
  );
}
