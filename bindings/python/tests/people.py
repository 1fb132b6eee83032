"""The people that tests of the platform are about."""

from __future__ import annotations

from typing import Any

OPERATORS = [("host", "root", "Operator")]


def person(subject: str, **more: Any) -> dict[str, Any]:
    """What makes a user of that name."""
    return {"issuer": "idp", "subject": subject, "email": f"{subject}@example.com", "display_name": subject, **more}
