"""Embeddable, governed valuation: engines, Monte Carlo, model routing, tenancy and audit in one process.

Start with `evaluate(model, inputs)` for any model by its name, or with the class of an engine, such as
`Npv(rate=0.1, cashflows=[...]).value()`.
"""

from __future__ import annotations

from . import engines, errors
from ._native import __version__, evaluate, models, schema
from ._record import Engine, Record
from .engines import *
from .errors import *

__all__ = [
    "Engine",
    "Record",
    "__version__",
    "evaluate",
    "models",
    "schema",
    *engines.__all__,
    *errors.__all__,
]
