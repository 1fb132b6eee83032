"""Types of what the package accepts; for type checkers only."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, TypeAlias, Union

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from ._record import Engine

    Number: TypeAlias = Union[SupportsFloat, SupportsIndex]
    """Anything Python or NumPy counts as one number."""
    Numbers: TypeAlias = Union[Sequence[Number], "ArrayLike"]
    """A list, tuple, array or series of numbers."""
    Date: TypeAlias = Union[str, datetime.date, np.datetime64]
    """A civil date; texts are ISO, `2026-11-24`."""
    Dates: TypeAlias = Union[Sequence[Date], "NDArray[np.datetime64]"]
    """A list, array or series of dates."""
    Inputs: TypeAlias = Mapping[str, Any]
    """Inputs of a model by their names."""
    ModelLike: TypeAlias = Union[str, Engine, type[Engine], Callable[..., Any]]
    """A model: its name, an engine, or a function of the caller's."""
    Floats: TypeAlias = "NDArray[np.float64]"
    """A NumPy array of doubles."""
