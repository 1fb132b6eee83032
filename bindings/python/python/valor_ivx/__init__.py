"""Embeddable, governed valuation: engines, Monte Carlo, model routing, tenancy and audit in one process.

Start with `evaluate(model, inputs)` for any model by its name, or with the class of an engine, such as
`Npv(rate=0.1, cashflows=[...]).value()`.
"""

from __future__ import annotations

from . import (
    batch,
    cashflow,
    columns,
    distributed,
    distributions,
    engines,
    errors,
    explanation,
    paths,
    pictures,
    platform,
    registry,
    scenarios,
    sensitivity,
    series,
    simulation,
)
from ._native import __version__, evaluate, models, num_threads, schema, set_num_threads
from ._record import Engine, Record
from .batch import *
from .cashflow import *
from .columns import ColumnModel, evaluate_columns
from .distributions import *
from .engines import *
from .errors import *
from .explanation import *
from .paths import *
from .pictures import *
from .platform import *
from .registry import *
from .scenarios import *
from .sensitivity import *
from .series import *
from .simulation import *

__all__ = [
    "ColumnModel",
    "Engine",
    "Record",
    "__version__",
    "distributed",
    "evaluate",
    "evaluate_columns",
    "models",
    "num_threads",
    "schema",
    "set_num_threads",
    *batch.__all__,
    *cashflow.__all__,
    *distributions.__all__,
    *engines.__all__,
    *errors.__all__,
    *explanation.__all__,
    *paths.__all__,
    *pictures.__all__,
    *platform.__all__,
    *registry.__all__,
    *scenarios.__all__,
    *sensitivity.__all__,
    *series.__all__,
    *simulation.__all__,
]
