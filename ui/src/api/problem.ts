/** What went wrong with a request, as one class: the server's problem document, or that it was not reached. */

export interface ProblemDocument {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  [fact: string]: unknown;
}

export interface FieldFault {
  /** Where in the body: ["body", "amount"]. */
  loc: (string | number)[];
  msg: string;
}

export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** The HTTP status; 0 when no reply came. */
  readonly status: number;
  /** The server's stable word: "not_found", "forbidden", ...; "unreachable" when no reply came. */
  readonly code: string;
  readonly title: string;
  readonly facts: ProblemDocument;
  readonly retryAfterMs: number | null;

  constructor(status: number, document: ProblemDocument, retryAfterMs: number | null = null) {
    super(document.detail || document.title || `the server answered ${status}`);
    this.status = status;
    this.code = document.code ?? "failed";
    this.title = document.title ?? "It failed";
    this.facts = document;
    this.retryAfterMs = retryAfterMs;
  }

  /** Worth trying again by itself: the server is away or asked for patience. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }

  /** What is wrong by field of the body, where the server says so. */
  get fields(): FieldFault[] {
    return Array.isArray(this.facts.errors) ? (this.facts.errors as FieldFault[]) : [];
  }
}

export function unreachable(): ProblemError {
  return new ProblemError(0, {
    code: "unreachable",
    title: "Bursar cannot be reached",
    detail: "the control plane did not answer: it may be restarting, or the network is down",
  });
}

/** Nothing is asked in the name of somebody whose page this is not. */
export function otherPerson(name: string): ProblemError {
  return new ProblemError(-2, {
    code: "other_person",
    title: "Somebody else is signed in",
    detail: `${name} signed in in another tab of this browser: load the page anew to go on as they`,
  });
}

/** The problem of a reply that is no success. */
export async function problemOf(reply: Response): Promise<ProblemError> {
  const seconds = Number(reply.headers.get("retry-after"));
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
  let document: ProblemDocument = {};
  try {
    document = (await reply.clone().json()) as ProblemDocument;
  } catch {
    // A proxy's own page: the status must do.
    document = { title: `The server answered ${reply.status}`, detail: reply.statusText };
  }
  return new ProblemError(reply.status, document, retryAfterMs);
}

/** Whatever was thrown, as a problem to show. */
export function asProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new ProblemError(-1, { code: "console_failed", title: "The page failed", detail });
}
