// Written by `cargo xtask generate`; edit the core instead.

/** What sort of failure a `ValorError` is. */
export type ErrorKind =
  | "InvalidInput"
  | "Undefined"
  | "NoConvergence"
  | "NotFound"
  | "Conflict"
  | "Unauthenticated"
  | "Denied"
  | "LimitExceeded"
  | "Cancelled"
  | "Unavailable"
  | "Internal";

/** The `code` of a `ValorError`. */
export type ErrorCode =
  | "INVALID_INPUT"
  | "UNDEFINED"
  | "NO_CONVERGENCE"
  | "NOT_FOUND"
  | "CONFLICT"
  | "UNAUTHENTICATED"
  | "DENIED"
  | "LIMIT_EXCEEDED"
  | "CANCELLED"
  | "UNAVAILABLE"
  | "INTERNAL";

/** A clear refusal: what is wrong, which value, what is allowed, what to do. */
export class ValorError extends Error {
  constructor(message: string, details?: { kind?: ErrorKind; [name: string]: unknown });
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly value: unknown;
  readonly constraint: string | undefined;
  readonly what: string | undefined;
  readonly why: string | undefined;
  readonly iterations: number | undefined;
  readonly residual: unknown;
  readonly best: unknown;
  readonly reason: string | undefined;
  readonly hint: string | undefined;
  readonly neededPlan: string | undefined;
  readonly current: unknown;
  readonly limit: unknown;
  readonly used: unknown;
  readonly blockedBy: unknown;
  readonly allowed: unknown;
  readonly offenders: unknown;
  readonly problems: unknown;
  readonly also: readonly ValorError[];
}
