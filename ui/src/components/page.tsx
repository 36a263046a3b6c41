/** The frame of a page: title, what it is about, actions; and the cards in it. */

import { type ReactNode, useEffect } from "react";
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
  useEffect(() => {
    document.title = `${title} · Bursar`;
  }, [title]);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div style={{ minWidth: 0 }}>
          <h1 className={classes.title} id="page-title" tabIndex={-1}>
            {title}
          </h1>
          {subtitle !== undefined && <p className={classes.subtitle}>{subtitle}</p>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
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
