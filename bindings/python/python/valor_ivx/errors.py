# Written by `cargo xtask generate`; edit the core instead.
"""The package's exceptions: one class a kind of failure, all of them `ValorError`."""

from __future__ import annotations

from typing import Any

__all__ = [
    "ValorError",
    "InvalidInputError",
    "UndefinedError",
    "NoConvergenceError",
    "NotFoundError",
    "ConflictError",
    "UnauthenticatedError",
    "DeniedError",
    "LimitExceededError",
    "CancelledError",
    "UnavailableError",
    "InternalError",
]

_DETAILS = (
    "field",
    "value",
    "constraint",
    "what",
    "why",
    "iterations",
    "residual",
    "best",
    "reason",
    "hint",
    "needed_plan",
    "current",
    "limit",
    "used",
    "blocked_by",
    "allowed",
    "offenders",
    "problems",
)


class ValorError(Exception):
    """A clear refusal: what is wrong, which value, what is allowed, what to do.

    Details that do not apply are `None`; `also` holds the other problems of the same input.
    """

    kind: str
    field: str | None
    value: Any
    constraint: str | None
    what: str | None
    why: str | None
    iterations: Any
    residual: Any
    best: Any
    reason: str | None
    hint: str | None
    needed_plan: str | None
    current: Any
    limit: Any
    used: Any
    blocked_by: Any
    allowed: Any
    offenders: Any
    problems: Any
    also: tuple[ValorError, ...]

    def __init__(self, message: str = "", details: dict[str, Any] | None = None) -> None:
        Exception.__init__(self, message)
        self._message = message
        self._details = dict(details or {})
        self.kind = self._details.get("kind", _KINDS.get(type(self), "Internal"))
        for name in _DETAILS:
            setattr(self, name, self._details.get(name))
        self.also = tuple(_from_native(_shown(other), other) for other in self._details.get("also", ()))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of the error."""
        return {"kind": self.kind, **self._details}

    def __str__(self) -> str:
        return self._message

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self._message, self._details))


class InvalidInputError(ValorError, ValueError):
    """One field, or a pair of fields, violates its stated domain."""


class UndefinedError(ValorError, ArithmeticError):
    """Each input is legal but the quantity does not exist."""


class NoConvergenceError(ValorError):
    """An iteration stopped above its tolerance."""


class NotFoundError(ValorError, LookupError):
    """The thing named does not exist, or the caller may not know that it does."""


class ConflictError(ValorError):
    """The state of the thing named forbids the change."""


class UnauthenticatedError(ValorError):
    """Nobody has been identified."""


class DeniedError(ValorError, PermissionError):
    """The caller is known and may not do this."""


class LimitExceededError(ValorError):
    """A plan, quota or rate does not allow it."""


class CancelledError(ValorError):
    """The caller asked to stop."""


class UnavailableError(ValorError):
    """Something outside is not there at the moment."""


class InternalError(ValorError):
    """A fault of the library or of a model."""


_CLASSES: dict[str, type[ValorError]] = {
    "InvalidInput": InvalidInputError,
    "Undefined": UndefinedError,
    "NoConvergence": NoConvergenceError,
    "NotFound": NotFoundError,
    "Conflict": ConflictError,
    "Unauthenticated": UnauthenticatedError,
    "Denied": DeniedError,
    "LimitExceeded": LimitExceededError,
    "Cancelled": CancelledError,
    "Unavailable": UnavailableError,
    "Internal": InternalError,
}
_KINDS: dict[type, str] = {made: kind for kind, made in _CLASSES.items()}


def _shown(details: dict[str, Any]) -> str:
    return f"{details.get('field', '')}: {details.get('value')!r} is not allowed: {details.get('constraint', '')}"


def _from_native(message: str, details: dict[str, Any]) -> ValorError:
    return _CLASSES.get(details["kind"], ValorError)(message, details)
