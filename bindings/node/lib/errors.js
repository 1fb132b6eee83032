// Written by `cargo xtask generate`; edit the core instead.

export const CODES = Object.freeze({
  InvalidInput: "INVALID_INPUT",
  Undefined: "UNDEFINED",
  NoConvergence: "NO_CONVERGENCE",
  NotFound: "NOT_FOUND",
  Conflict: "CONFLICT",
  Unauthenticated: "UNAUTHENTICATED",
  Denied: "DENIED",
  LimitExceeded: "LIMIT_EXCEEDED",
  Cancelled: "CANCELLED",
  Unavailable: "UNAVAILABLE",
  Internal: "INTERNAL",
});

export const DETAILS = Object.freeze({
  field: "field",
  value: "value",
  constraint: "constraint",
  what: "what",
  why: "why",
  iterations: "iterations",
  residual: "residual",
  best: "best",
  reason: "reason",
  hint: "hint",
  needed_plan: "neededPlan",
  current: "current",
  limit: "limit",
  used: "used",
  blocked_by: "blockedBy",
  allowed: "allowed",
  offenders: "offenders",
  problems: "problems",
});

/** A clear refusal: what is wrong, which value, what is allowed, what to do. */
export class ValorError extends Error {
  constructor(message, details = {}) {
    super(message);
    this.name = "ValorError";
    this.kind = details.kind ?? "Internal";
    this.code = CODES[this.kind] ?? CODES.Internal;
    for (const name of Object.values(DETAILS)) {
      this[name] = details[name] ?? undefined;
    }
    this.also = Object.freeze((details.also ?? []).map((other) => new ValorError(shown(other), other)));
  }
}

function shown(details) {
  return `${details.field}: ${JSON.stringify(details.value)} is not allowed: ${details.constraint}`;
}
