"""Monte Carlo over any model: what is drawn, how it depends, a run, and what came of it.

Trial `i` of a run is the same set of bits for any number of threads, shards and machines, and in
every language.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from . import _native
from ._record import Engine, Record, _block, _copy, _table
from ._waiting import awaited, on_the_loop
from .distributions import Draw
from .pictures import Picture, histogram
from .sensitivity import is_own, named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ._types import Floats, Inputs

__all__ = ["CancelToken", "Progress", "Simulation", "SimulationResult", "Stats"]

CancelToken = _native.CancelToken

_SPEC = ("model", "input", "draws", "outputs", "dependence")


class Progress(Record):
    """How far a run is: trials `done` of `total`, `elapsed` seconds, `standard_error` of the first output so far.

    `rate` is trials a second, `remaining` the seconds that the rest takes at that rate.
    """

    __slots__ = ()


class Simulation:
    """A model, its base inputs, and the distributions of those that are uncertain.

    `draws` maps paths to distributions, or is a list of `draw(...)`; `correlation` is the matrix of all
    draws in order (`dependence` is the general form). `model` is a name, an engine, or a function that
    takes columns: a dict of NumPy arrays by input name, to a dict of arrays by output name, or one array.
    The arrays it takes are views that cannot be written; it may keep them.
    """

    __slots__ = ("_function", "_spec")

    def __init__(
        self,
        model: str | Engine | type[Engine] | Callable[..., Any],
        inputs: Inputs | None = None,
        draws: Mapping[str, Any] | Sequence[Draw | Mapping[str, Any]] = (),
        *,
        correlation: Any = None,
        dependence: Mapping[str, Any] | None = None,
        outputs: Sequence[str] | None = None,
    ) -> None:
        self._function = None
        if is_own(model):
            self._function, model = model, "function"
        name, inputs = named(model, inputs)
        if isinstance(draws, Mapping):
            draws = [{"path": path, "distribution": distribution} for path, distribution in draws.items()]
        spec: dict[str, Any] = {"model": name, "input": inputs, "draws": list(draws)}
        if correlation is not None and dependence is not None:
            raise _native.refusal("dependence", None, "correlation or dependence, not both")
        if correlation is not None:
            dependence = {"matrix": correlation}
        if outputs is not None:
            spec["outputs"] = list(outputs)
        if dependence is not None:
            spec["dependence"] = dependence
        self._spec: dict[str, Any] = _native.plain(spec)

    def run(
        self,
        trials: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        sampling: str | Mapping[str, Any] | None = None,
        on_undefined: str | None = None,
        *,
        max_undefined_fraction: float | None = None,
        target: Mapping[str, Any] | None = None,
        time_budget: float | None = None,
        statistics: Mapping[str, Any] | None = None,
        keep_samples: bool = False,
        keep_inputs: bool = False,
        progress: bool | Callable[[Progress], object] = False,
        cancel: CancelToken | None = None,
    ) -> SimulationResult:
        """Runs `trials` trials, or as many as `target` needs; a seed that is not given is made and returned.

        `progress` is `True` or a function called at most every 50 ms. Ctrl-C stops the run; `cancel`, a
        `CancelToken` that another thread cancels, ends it with the trials finished so far.
        """
        return self._run(
            {
                "trials": trials,
                "seed": secrets.randbits(53) if seed is None else seed,
                "threads": threads,
                "sampling": {"method": sampling} if isinstance(sampling, str) else sampling,
                "on_undefined": on_undefined,
                "max_undefined_fraction": max_undefined_fraction,
                "target": target,
                "time_budget": time_budget,
                "statistics": statistics,
                "keep_samples": keep_samples,
                "keep_inputs": keep_inputs,
            },
            progress,
            cancel,
        )

    async def run_async(
        self,
        trials: int | None = None,
        seed: int | None = None,
        *,
        progress: bool | Callable[[Progress], object] = False,
        cancel: CancelToken | None = None,
        **options: Any,
    ) -> SimulationResult:
        """As `run`, awaited: cancelling the task stops the run, and `progress` is called by the event loop."""
        told = on_the_loop(progress)
        return await awaited(lambda token: self.run(trials, seed, progress=told, cancel=token, **options), cancel)

    def run_shard(
        self,
        shard: int,
        shards: int,
        trials: int,
        seed: int,
        *,
        progress: bool | Callable[[Progress], object] = False,
        cancel: CancelToken | None = None,
        **options: Any,
    ) -> SimulationResult:
        """Part `shard` of `shards` of a run; `SimulationResult.merge` makes the run of all parts, bit for bit."""
        sampling = options.get("sampling")
        if isinstance(sampling, str):
            options["sampling"] = {"method": sampling}
        fields = {"trials": trials, "seed": seed, "shard": shard, "shards": shards, **options}
        return self._run(fields, progress, cancel)

    def _run(self, options: Mapping[str, Any], progress: Any, cancel: CancelToken | None) -> SimulationResult:
        given = {name: value for name, value in options.items() if value is not None and value is not False}
        with _shown(progress) as show:
            run = _native.simulate({**self._spec, **given}, self._function, show, cancel)
        return SimulationResult(run)

    def to_dict(self) -> dict[str, Any]:
        """The simulation as plain dicts and lists; a function of the caller's is not part of it."""
        return {name: _copy(value) for name, value in self._spec.items()}

    @classmethod
    def from_dict(cls, spec: Mapping[str, Any]) -> Simulation:
        """The simulation with these fields; the inverse of `to_dict`."""
        given = {name: value for name, value in spec.items() if name in _SPEC}
        unknown = [name for name in spec if name not in _SPEC]
        if unknown:
            raise _native.refusal(unknown[0], spec[unknown[0]], "unknown field")
        return cls(
            given.get("model", ""),
            given.get("input", {}),
            given.get("draws", ()),
            dependence=given.get("dependence"),
            outputs=given.get("outputs"),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Simulation):
            return NotImplemented
        return self._spec == other._spec and self._function is other._function

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (self._spec, self._function))

    def __repr__(self) -> str:
        model = repr(self._spec["model"]) if self._function is None else repr(self._function)
        draws = ", ".join(str(one.get("path")) for one in self._spec["draws"])
        return f"Simulation({model}, draws of {draws})"

    def _valor_json(self) -> dict[str, Any]:
        return self._spec


def _again(spec: dict[str, Any], function: Callable[..., Any] | None) -> Simulation:
    simulation = Simulation.from_dict(spec)
    simulation._function = function
    return simulation


class Stats:
    """Statistics of one output over the defined trials."""

    __slots__ = ("_name", "_result")

    def __init__(self, result: SimulationResult, name: str) -> None:
        self._result = result
        self._name = name

    @property
    def name(self) -> str:
        """Name of the output."""
        return self._name

    def _number(self, field: str) -> float | None:
        return self._result._run.number(self._name, field)

    def _all(self) -> dict[str, Any]:
        stats: dict[str, Any] = self._result._report()["outputs"][self._name]
        return stats

    @property
    def count(self) -> int:
        """Trials that have a value."""
        return self._result.trials_defined

    @property
    def mean(self) -> float:
        """Mean."""
        return self._number("mean")  # type: ignore[return-value]

    @property
    def standard_deviation(self) -> float | None:
        """Standard deviation with n - 1; `None` of a single trial."""
        return self._number("standard_deviation")

    @property
    def standard_error(self) -> float | None:
        """Standard error of the mean; `None` of a single trial."""
        return self._number("standard_error")

    @property
    def skewness(self) -> float | None:
        """Skewness; `None` when all values are equal."""
        return self._number("skewness")

    @property
    def kurtosis(self) -> float | None:
        """Excess kurtosis; `None` when all values are equal."""
        return self._number("kurtosis")

    @property
    def min(self) -> float:
        """Smallest value."""
        return self._number("min")  # type: ignore[return-value]

    @property
    def max(self) -> float:
        """Largest value."""
        return self._number("max")  # type: ignore[return-value]

    @overload
    def quantile(self, p: float) -> float: ...

    @overload
    def quantile(self, p: Sequence[float] | NDArray[np.floating[Any]]) -> list[float]: ...

    def quantile(self, p: Any) -> Any:
        """The value below which a share `p` of the outcomes lies (linear between order statistics).

        Several probabilities give a list, found by one walk over the outcomes.
        """
        one = isinstance(p, (int, float))
        found = self._result._run.quantiles(self._name, [p] if one else [float(each) for each in p])
        return found[0] if one else found

    def probability_above(self, threshold: float) -> float:
        """The share of outcomes greater than `threshold`."""
        return self._result._run.probability_above(self._name, threshold)

    def value_at_risk(self, level: float = 0.95) -> float:
        """How far the outcome at `level` falls below the reference, which is the mean unless set otherwise."""
        return self._result._run.value_at_risk(self._name, level)

    def conditional_value_at_risk(self, level: float = 0.95) -> float:
        """How far the outcomes beyond the value at risk fall below the reference on average."""
        return self._result._run.conditional_value_at_risk(self._name, level)

    @property
    def samples(self) -> Floats:
        """The outcomes in trial order; a view that cannot be written, not a copy."""
        return self._result._run.samples(self._name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            value = self._all()[name]
        except KeyError:
            raise AttributeError(f"Stats has no {name!r}; it has {', '.join(self._all())}") from None
        return [Record(one) for one in value] if _records(value) else Record(value) if isinstance(value, dict) else value

    def to_dict(self) -> dict[str, Any]:
        """All statistics as plain dicts and lists; a copy."""
        return {name: _copy(value) for name, value in self._all().items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return (Stats, (self._result, self._name))

    def __repr__(self) -> str:
        return _block(f"Stats of {self._name}", {name: value for name, value in self._all().items() if _is_brief(value)})

    def _repr_html_(self) -> str:
        return _table(self._name, {name: value for name, value in self._all().items() if _is_brief(value)})


def _records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _is_brief(value: Any) -> bool:
    return not isinstance(value, dict) and not _records(value)


class SimulationResult:
    """What a run gave: `result["value_per_share"]` is the `Stats` of an output."""

    __slots__ = ("_data", "_head", "_run")

    def __init__(self, run: _native.Run) -> None:
        self._run = run
        self._head = run.head
        self._data: dict[str, Any] | None = None

    def _report(self) -> dict[str, Any]:
        if self._data is None:
            self._data = self._run.to_dict()
        return self._data

    @staticmethod
    def merge(parts: Sequence[SimulationResult]) -> SimulationResult:
        """One result of the shards of a run, in any order."""
        return SimulationResult(_native.merge([part._run for part in parts]))

    def __getitem__(self, output: str) -> Stats:
        if output not in self:
            raise _native.refusal("outputs", output, f"one of {', '.join(self)}")
        return Stats(self, output)

    def __iter__(self) -> Iterator[str]:
        return iter(self._head["outputs"])

    def __len__(self) -> int:
        return len(self._head["outputs"])

    def __contains__(self, output: object) -> bool:
        return output in self._head["outputs"]

    @property
    def stopped(self) -> str:
        """Why it stopped: `complete`, `target_reached`, `max_trials`, `time_budget`, `cancelled` or `partial`."""
        return str(self._head["stopped"])

    @property
    def trials(self) -> int:
        """Trials completed."""
        return int(self._head["trials"])

    @property
    def trials_requested(self) -> int:
        """Trials asked for."""
        return int(self._head["trials_requested"])

    @property
    def trials_defined(self) -> int:
        """Trials that have a value."""
        return int(self._head["trials_defined"])

    @property
    def seed(self) -> int:
        """The seed; with it and the same simulation a run gives the same bits."""
        return int(self._head["seed"])

    @property
    def elapsed(self) -> float:
        """Seconds it took."""
        return float(self._head["elapsed"])

    @property
    def undefined(self) -> Record:
        """Trials without a value: `count`, `fraction`, `by_reason`."""
        return Record(self._report()["undefined"])

    @property
    def trial_index(self) -> NDArray[np.uint64]:
        """The numbers of the trials that the samples belong to."""
        return self._run.trial_index()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return _copy(self._report()[name])
        except KeyError:
            known = ", ".join(self._report())
            raise AttributeError(f"SimulationResult has no {name!r}; it has {known}") from None

    def to_dict(self) -> dict[str, Any]:
        """The result without the samples as plain dicts and lists; a copy."""
        return {name: _copy(value) for name, value in self._report().items()}

    def to_svg(self, output: str | None = None) -> str:
        """The histogram of an output, of the first when none is named, with its percentiles: an SVG file as text."""
        return self._run.svg(self._one(output))

    def plot(self, output: str | None = None, ax: Any = None) -> Any:
        """The histogram of an output, of the first when none is named, with its percentiles.

        Drawn into `ax` of matplotlib or a figure of its own, whose axes it returns; a `Picture` where
        matplotlib is not installed.
        """
        name = self._one(output)
        try:
            return histogram(self[name], *self._run.bins(name), ax)
        except ModuleNotFoundError as missing:
            if missing.name is None or missing.name.partition(".")[0] != "matplotlib":
                raise
            return Picture(self.to_svg(name))

    def _one(self, output: str | None) -> str:
        return next(iter(self)) if output is None else self[output].name

    def to_bytes(self) -> bytes:
        """The whole result as bytes, the same in every language."""
        return self._run.to_bytes()

    @staticmethod
    def from_bytes(summary: bytes) -> SimulationResult:
        """The result whose `to_bytes` this is."""
        return SimulationResult(_native.Run.from_bytes(summary))

    def _rows(self) -> dict[str, list[Any]]:
        """The table of outputs: a list a column."""
        outputs = [self._report()["outputs"][name] for name in self]
        columns: dict[str, list[Any]] = {"output": list(self)}
        for field in ("count", "mean", "standard_deviation", "standard_error", "min", "max"):
            columns[field] = [stats[field] for stats in outputs]
        for i, quantile in enumerate(outputs[0]["quantiles"] if outputs else []):
            columns[f"p{quantile['p'] * 100:g}"] = [stats["quantiles"][i]["value"] for stats in outputs]
        return columns

    def to_pandas(self) -> Any:
        """A pandas data frame, one row an output."""
        import pandas

        return pandas.DataFrame(self._rows()).set_index("output")

    def to_polars(self) -> Any:
        """A polars data frame, one row an output."""
        import polars

        return polars.DataFrame(self._rows())

    def to_arrow(self) -> Any:
        """An Arrow table, one row an output."""
        import pyarrow

        return pyarrow.table(self._rows())

    def __reduce__(self) -> tuple[Any, ...]:
        return (SimulationResult, (self._run,))

    def __repr__(self) -> str:
        shown = "; ".join(f"{name}: {_spread(self[name])}" for name in self)
        return f"SimulationResult({self.stopped}, {self.trials:,} trials, seed {self.seed}; {shown})"

    def _repr_html_(self) -> str:
        rows = self._rows()
        head = "".join(f"<th>{name}</th>" for name in rows)
        lines = "".join(
            "<tr>" + "".join(f"<td>{_cell(values[i])}</td>" for values in rows.values()) + "</tr>"
            for i in range(len(self))
        )
        title = f"{self.trials:,} trials, {self.stopped}, seed {self.seed}, {self.undefined.count} undefined"
        return f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _spread(stats: Stats) -> str:
    error, deviation = stats.standard_error, stats.standard_deviation
    return f"mean {stats.mean:.6g}" + ("" if error is None or deviation is None else f" ± {error:.2g}, sd {deviation:.4g}")


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _progress(state: Mapping[str, Any]) -> str:
    done = f"{state['done']:,} of {state['total']:,} trials"
    if state["rate"] is None:
        return done
    return f"{done}, {state['rate']:,.0f} a second, {state['remaining']:,.0f} s to go  "


class _shown:
    """The function that shows progress: the caller's, a bar of tqdm, or a line on the terminal."""

    def __init__(self, progress: bool | Callable[[Progress], object]) -> None:
        self._progress = progress
        self._bar: Any = None
        self._line = False

    def __enter__(self) -> Callable[[dict[str, Any]], object] | None:
        if callable(self._progress):
            function = self._progress
            return lambda state: function(Progress(state))
        return self._show if self._progress else None

    def _show(self, state: dict[str, Any]) -> None:
        if self._bar is None and not self._line:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                self._line = True
            else:
                self._bar = tqdm(total=state["total"], unit=" trials", unit_scale=True)
        if self._bar is not None:
            self._bar.update(state["done"] - self._bar.n)
        else:
            print(f"\r{_progress(state)}", end="", file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._line:
            print(file=sys.stderr)
