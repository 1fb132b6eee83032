"""What results and engines have in common: attributes, `to_dict`, a readable `repr`, notebooks, pickling."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, ClassVar

from . import _native

__all__ = ["Engine", "Record"]


class Record:
    """Named values as attributes, as deep as they go; `to_dict()` gives plain dicts and lists."""

    __slots__ = ("_data",)
    _shapes: ClassVar[Mapping[str, type[Record]]] = {}
    _maps: ClassVar[Mapping[str, type[Record]]] = {}
    _data: dict[str, Any]

    def __init__(self, data: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_data", dict(data))

    def __getattr__(self, name: str) -> Any:
        try:
            value = self._data[name]
        except KeyError:
            known = ", ".join(self._data)
            raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {known}") from None
        return self._view(name, value)

    def __getitem__(self, name: str) -> Any:
        return self._view(name, self._data[name])

    def _view(self, name: str, value: Any) -> Any:
        if name in self._maps and isinstance(value, dict):
            return {key: _view(inner, self._maps[name]) for key, inner in value.items()}
        return _view(value, self._shapes.get(name))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __iter__(self) -> Any:
        return iter(self._data)

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __len__(self) -> int:
        return len(self._data)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._data]

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, type(self)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self._data,))

    def __repr__(self) -> str:
        return _block(type(self).__name__, self._data)

    def _repr_html_(self) -> str:
        return _table(type(self).__name__, self._data)

    def _valor_json(self) -> dict[str, Any]:
        return self._data

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, numbers and texts; a copy."""
        return {name: _copy(value) for name, value in self._data.items()}


class Engine:
    """A model with its inputs, checked when it is made; `.value()` computes the outputs."""

    __slots__ = ("_inputs",)
    model: ClassVar[str]
    _result: ClassVar[type[Record]] = Record
    _inputs: dict[str, Any]

    def __init__(self, **inputs: Any) -> None:
        object.__setattr__(self, "_inputs", _native.checked(self.model, inputs))

    def value(self) -> Record:
        """The outputs for these inputs."""
        return self._result(_native.evaluate(self.model, self._inputs))

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs given, as plain dicts, lists, numbers and texts."""
        return self.to_dict()

    def with_inputs(self, **changes: Any) -> Any:
        """The same engine with some inputs replaced."""
        return type(self)(**{**self._inputs, **changes})

    def to_dict(self) -> dict[str, Any]:
        """The inputs given, as plain dicts, lists, numbers and texts; a copy."""
        return {name: _copy(value) for name, value in self._inputs.items()}

    @classmethod
    def from_dict(cls, inputs: Mapping[str, Any]) -> Any:
        """The engine with these inputs; the inverse of `to_dict`."""
        return cls(**inputs)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON Schema of the inputs and outputs."""
        schema: dict[str, Any] = _native.schema(cls.model)
        return schema

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed; use with_inputs(...)")

    def __eq__(self, other: object) -> bool:
        return self._inputs == other._inputs if isinstance(other, type(self)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_engine_again, (type(self), self._inputs))

    def __repr__(self) -> str:
        inputs = ", ".join(f"{name}={_line(value)}" for name, value in self._inputs.items())
        return f"{type(self).__name__}({inputs})"

    def _repr_html_(self) -> str:
        return _table(type(self).__name__, self._inputs)

    def _valor_json(self) -> dict[str, Any]:
        return self._inputs


def _engine_again(engine: type[Engine], inputs: dict[str, Any]) -> Engine:
    return engine(**inputs)


def _view(value: Any, shape: type[Record] | None) -> Any:
    if isinstance(value, dict) and shape is not None:
        return shape(value)
    if isinstance(value, list) and shape is not None:
        return [_view(inner, shape) for inner in value]
    return _copy(value)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_copy(inner) for inner in value]
    return value


def _line(value: Any, room: int = 72) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        text = "[" + ", ".join(_line(inner) for inner in value) + "]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{name}: {_line(inner)}" for name, inner in value.items()) + "}"
    else:
        text = repr(value)
    return text if len(text) <= room else text[: room - 1] + "…"


def _block(title: str, data: Mapping[str, Any]) -> str:
    width = max((len(name) for name in data), default=0)
    lines = [f"  {name:<{width}}  {_line(value)}" for name, value in data.items()]
    return "\n".join([title, *lines])


def _table(title: str, data: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(str(name))}</th>"
        f"<td style='text-align:right'>{html.escape(_line(value))}</td></tr>"
        for name, value in data.items()
    )
    return f"<table><caption>{html.escape(title)}</caption><tbody>{rows}</tbody></table>"
