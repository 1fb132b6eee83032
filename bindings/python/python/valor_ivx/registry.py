"""Which variant of a model serves whom, and how well it does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Literal

from . import _native
from ._native import NativeResolution, assign_point
from ._record import Engine, Record

__all__ = [
    "ActedBreach",
    "Applied",
    "Breach",
    "ConfigProblem",
    "Executed",
    "Registry",
    "Report",
    "Resolution",
    "RunRecord",
    "StatsView",
    "UsageRow",
    "Variant",
    "assign_point",
]


class Resolution(Record):
    """Which variant serves a call, and why: `assigned`, `served`, `reason`, `experiment`, `fallback`, ..."""

    __slots__ = ("_native",)
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "config_version": Record,
        "experiment": Record,
        "fallback": Record,
    }
    _native: NativeResolution | None

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        _hold(self, None)

    def __getattr__(self, name: str) -> Any:
        # Most callers ask for one field, and some for none: all are made when that is not enough.
        native = self._native
        if native is not None:
            if name in _PLAIN:
                return getattr(native, name)
            if name == "_data":
                data = native.data()
                object.__setattr__(self, "_data", data)
                return data
        return super().__getattr__(name)


_PLAIN = frozenset(("model", "requested", "assigned", "served", "reason", "config_hash", "shadowed", "deprecated"))
_new = Resolution.__new__
_hold = Resolution.__dict__["_native"].__set__


class RunRecord(Record):
    """What ran, so that it can be run again: model, variant, version, digests, seed, versions, build."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"config": Record}


class Executed(Record):
    """A finished run: `output`, `resolution`, `elapsed` in nanoseconds, `record`, `kind`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"resolution": Resolution, "record": RunRecord}


class StatsView(Record):
    """Performance of one variant: `count`, `errors`, `mean`, `p95`, ... with times in nanoseconds."""

    __slots__ = ()


class Breach(Record):
    """A guardrail that the data are beyond: `guardrail`, `arm`, the value and the limit."""

    __slots__ = ()


class ActedBreach(Record):
    """A breach that was acted on: `at` in microseconds since 1970, and the `breach`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"breach": Breach}


class Report(Record):
    """What an experiment shows at one look: sample-ratio check, metrics by arm, intervals, verdicts, and all
    that they were computed from."""

    __slots__ = ()

    def to_html(self) -> str:
        """A page that stands alone: arms, intervals over time, verdicts, sample-ratio check."""
        return _native.experiment_page(self._data)


class UsageRow(Record):
    """How often a variant served: `model`, `variant`, `calls`, `errors`, `days`, `share_ppm`."""

    __slots__ = ()


class ConfigProblem(Record):
    """A problem of a configuration: `path`, `code`, `message`."""

    __slots__ = ()


class Applied(Record):
    """A configuration that was taken: its `version`, and `warnings`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"warnings": ConfigProblem}


class Variant(Record):
    """What a registered variant is: version, parameters, schemas, `digest`, `status`."""

    __slots__ = ()


class Registry:
    """Variants of models, the routing between them, and how they do; safe to use from many threads."""

    __slots__ = ("_native",)

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        """A registry without models; `clock` gives the time of now, without a time zone in UTC.

        By it go history, outcomes, windows, usage days and batches; durations are measured by the machine's.
        """
        self._native = _native.NativeRegistry(None if clock is None else lambda: _micros(clock()))

    @classmethod
    def _of(cls, native: _native.NativeRegistry) -> Registry:
        registry = cls.__new__(cls)
        registry._native = native
        return registry

    def register(
        self,
        model: str,
        variant: str,
        servable: str | Engine | type[Engine] | Callable[..., Mapping[str, Any]],
        base: bool = False,
        version: str | None = None,
        params: Mapping[str, Any] | None = None,
        schema: Mapping[str, Any] | None = None,
        feature: str | None = None,
    ) -> None:
        """Registers a variant; the first of a model is its base.

        `servable` is the name or class of an engine, an engine whose inputs then stand in for those a call
        leaves out, or a function of the inputs (and of `seed`, if it takes one) to the outputs. `schema`
        is `{"inputs": ..., "outputs": ...}`. The same function again changes nothing.
        """
        given = {"base": base, "version": version, "params": params, "feature": feature}
        if isinstance(servable, str) or (isinstance(servable, type) and issubclass(servable, Engine)):
            name = servable if isinstance(servable, str) else servable.model
            self._native.register(model, variant, name, {"base": base})
            return
        function, options = _servable(servable, given, schema)
        self._native.register(model, variant, function, options)

    def replace(
        self,
        model: str,
        variant: str,
        servable: Engine | Callable[..., Mapping[str, Any]],
        expected: str,
        version: str | None = None,
        params: Mapping[str, Any] | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        """Puts another implementation in the place of the one with digest `expected`; statistics go on."""
        function, options = _servable(servable, {"version": version, "params": params}, schema)
        self._native.replace(model, variant, function, options, expected)

    def models(self) -> dict[str, list[str]]:
        """Names of the variants by model, the base first."""
        return self._native.models()

    def variant(self, model: str, variant: str) -> Variant:
        """What a registered variant is."""
        return Variant(self._native.variant(model, variant))

    def validate(self, config: Mapping[str, Any]) -> list[ConfigProblem]:
        """Every problem of a routing configuration; none means that it would be applied."""
        return [ConfigProblem(problem) for problem in self._native.validate(config)]

    def apply(self, config: Mapping[str, Any], reason: str | None = None, actor: str = "") -> Applied:
        """Takes a whole routing configuration as the next version of its scope, or changes nothing."""
        return Applied(self._native.apply(config, actor, reason))

    def rollback(
        self, to: int, expected: int, tenant: str | None = None, reason: str | None = None, actor: str = ""
    ) -> Applied:
        """Writes the content of version `to` as a new version; `expected` is the current one."""
        return Applied(self._native.rollback(to, expected, tenant, actor, reason))

    def history(self, tenant: str | None = None) -> list[Record]:
        """The versions of the configuration, oldest first."""
        return [Record(version) for version in self._native.history(tenant)]

    def config(self, tenant: str | None = None) -> dict[str, Any]:
        """The current configuration, to be changed and applied; version 0 when there is none yet."""
        return self._native.config(tenant)

    def diff(self, one: int, other: int, tenant: str | None = None) -> list[Record]:
        """What changed from version `one` to version `other`."""
        return [Record(change) for change in self._native.diff(one, other, tenant)]

    def resolve(
        self,
        model: str,
        unit: str | None = None,
        tenant: str | None = None,
        force: str | None = None,
        draw: int | None = None,
    ) -> Resolution:
        """Which variant would serve `unit`, and why."""
        resolution = _new(Resolution)
        _hold(resolution, self._native.resolve(model, unit, tenant, force, draw))
        return resolution

    def execute(
        self,
        model: str,
        inputs: Mapping[str, Any],
        unit: str | None = None,
        tenant: str | None = None,
        seed: int = 0,
        force: str | None = None,
    ) -> Executed:
        """Routes and runs a call and books it under the variant that served; exceptions pass through."""
        return Executed(self._native.execute(model, inputs, unit, tenant, force, seed))

    def dry_run(self, model: str, inputs: Mapping[str, Any], variant: str | None = None, seed: int = 0) -> Executed:
        """Runs the inputs through a variant, or the one routing gives, and counts it nowhere."""
        return Executed(self._native.dry_run(model, inputs, variant, seed))

    def replay(self, record: RunRecord | Mapping[str, Any], inputs: Mapping[str, Any]) -> Executed:
        """Runs what `record` says again and compares; `record_mismatch` when anything differs."""
        return Executed(self._native.replay(record, inputs))

    def expose(
        self,
        model: str,
        unit: str | None = None,
        tenant: str | None = None,
        force: str | None = None,
        draw: int | None = None,
    ) -> Resolution:
        """As `resolve` for a call that you serve yourself: books the exposure, if it is one, and no outcome."""
        return Resolution(self._native.expose(model, unit, tenant, force, draw))

    def record_outcome(
        self,
        experiment: str,
        unit: str,
        metric: str,
        value: float,
        at: datetime | None = None,
        tenant: str | None = None,
    ) -> None:
        """Books what was observed of a unit, in the arm it was first exposed to; `at` is now unless given.

        A datetime without a time zone is UTC. Outcomes `latency` and `error` of executed calls come by themselves.
        """
        self._native.record_outcome(experiment, unit, metric, value, None if at is None else _micros(at), tenant)

    def analyze(self, experiment: str, tenant: str | None = None) -> Report:
        """The report of an experiment now; each is a look, which sequential tests allow at any time."""
        return Report(self._native.analyze(experiment, tenant))

    def breaches(self, experiment: str, tenant: str | None = None) -> list[Breach]:
        """The guardrails that an experiment is beyond at present; nothing is done about them."""
        return [Breach(breach) for breach in self._native.breaches(experiment, tenant)]

    def enforce_guardrails(self, experiment: str, tenant: str | None = None) -> list[Breach]:
        """Pauses an experiment whose guardrails say so; the breaches that were acted on."""
        return [Breach(breach) for breach in self._native.enforce_guardrails(experiment, tenant)]

    def acted_breaches(self, experiment: str, tenant: str | None = None) -> list[ActedBreach]:
        """The breaches that were acted on, oldest first: those that paused, and those that only tell."""
        return [ActedBreach(acted) for acted in self._native.acted_breaches(experiment, tenant)]

    def experiment_counts(self) -> list[Record]:
        """Exposures, pauses and breaches of every experiment."""
        return [Record(counts) for counts in self._native.experiment_counts()]

    def performance(
        self, model: str, window: Literal["lifetime", "rolling"] | None = None, tenant: str | None = None
    ) -> dict[str, StatsView]:
        """Performance by the variant that served, of all calls or of those for `tenant`.

        Over the lifetime, or with `window="rolling"` over the last 15 minutes.
        """
        return {name: StatsView(view) for name, view in self._native.performance(model, window, tenant).items()}

    def clear_performance(self, model: str | None = None) -> None:
        """Forgets the performance of `model`, or of all; usage stays."""
        self._native.clear_performance(model)

    def usage(self) -> list[UsageRow]:
        """How often each variant served, by model and variant."""
        return [UsageRow(row) for row in self._native.usage()]

    def popularity(self, n: int, window: Literal["lifetime", "rolling"] | None = None) -> list[UsageRow]:
        """The `n` variants with most calls, over the lifetime or the last 15 minutes (`window="rolling"`)."""
        return [UsageRow(row) for row in self._native.popularity(n, window)]

    def prometheus(self) -> str:
        """All that the registry counts, as text in Prometheus' exposition format 0.0.4."""
        return self._native.prometheus()

    def __repr__(self) -> str:
        models = ", ".join(f"{model}: {' '.join(variants)}" for model, variants in self.models().items())
        return f"Registry({models})"


def _servable(
    servable: Any, given: Mapping[str, Any], schema: Mapping[str, Any] | None
) -> tuple[Callable[[dict[str, Any], int], Any], dict[str, Any]]:
    """A function of inputs and seed, and what is said about it."""
    options = {name: value for name, value in given.items() if value is not None}
    if schema is not None:
        options["input_schema"], options["output_schema"] = schema.get("inputs"), schema.get("outputs")
    if isinstance(servable, Engine):
        engine = servable
        options.setdefault("params", engine.to_dict())
        return lambda inputs, _: _native.evaluate(engine.model, {**engine.to_dict(), **inputs}), options
    if not callable(servable):
        raise _native.refusal("servable", type(servable).__name__, "a model's name, an engine, or a function")
    # The wrapper below is new each time; the function it stands for tells two registrations apart.
    options["identity"] = id(servable)
    function: Callable[..., Any] = servable
    if _takes_seed(function):
        return lambda inputs, seed: function(inputs, seed=seed), options
    return lambda inputs, _: function(inputs), options


def _micros(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    aware = at if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)
    return (aware - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def _takes_seed(function: Callable[..., Any]) -> bool:
    try:
        return "seed" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        # Some built-in functions have no signature to look at.
        return False
