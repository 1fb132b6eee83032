"""What the services of a platform have in common: calls by name, lists by the page, and their awaited forms."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from . import _native
from ._record import Record
from ._waiting import awaited

Principal = _native.Principal
C = TypeVar("C", bound=type)


def with_async(cls: C) -> C:
    """Gives each public method of the class that has a `principal` an awaited form, `_async` at the end of its name.

    A call runs to its end on its thread once it has begun: cancelling the task that awaits it waits for that.
    """
    for name, method in list(vars(cls).items()):
        if name.startswith("_") or not inspect.isfunction(method) or inspect.iscoroutinefunction(method):
            continue
        if "principal" in inspect.signature(method).parameters and f"{name}_async" not in vars(cls):
            setattr(cls, f"{name}_async", _awaited_form(name, method))
    return cls


def _awaited_form(name: str, method: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(method)
    async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        # By its name, so that what a subclass does otherwise is awaited too.
        return await awaited(lambda _: getattr(self, name)(*args, **kwargs), None)

    call.__name__ = f"{name}_async"
    call.__qualname__ = f"{method.__qualname__}_async"
    return call


class Service:
    """Calls of a platform by their names; each has an awaited form with `_async` at its end."""

    __slots__ = ("_platform",)

    def __init__(self, platform: _native.NativePlatform) -> None:
        self._platform = platform

    def __init_subclass__(cls) -> None:
        with_async(cls)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]: ...

    def _call(self, principal: Principal, service: str, **fields: Any) -> Any:
        return self._platform.call(principal, service, fields)


class Page(Sequence[Record]):
    """One page of a list: a sequence of its rows, which are `items` too.

    `next` and `prev` are the cursors of its neighbours, `None` where there is none; `total` and `page` are there
    when they were asked for.
    """

    __slots__ = ("items", "next", "page", "prev", "size", "total")

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.items: list[Record] = [Record(item) for item in fields["items"]]
        self.next: str | None = fields["next"]
        self.prev: str | None = fields["prev"]
        self.size: int = fields["size"]
        self.total: int | None = fields["total"]
        self.page: int | None = fields["page"]

    def __getitem__(self, at: Any) -> Any:
        return self.items[at]

    def __len__(self) -> int:
        return len(self.items)

    def __eq__(self, other: object) -> bool:
        return self.items == (other.items if isinstance(other, Page) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Page({len(self.items)} items, next={self.next!r}, prev={self.prev!r})"


class Lister(Service):
    """A service that lists: `sort`, `filter` and `search` by the names its own text tells.

    `size` is 1 to 100; a place is told by the `cursor` of another page or by the number of a `page` from 1; with
    `total` the whole list is counted. What no list offers is an `InvalidInputError` whose `allowed` holds those
    there are.
    """

    __slots__ = ()
    _list: ClassVar[str]

    def list(
        self,
        principal: Principal,
        *,
        sort: str | None = None,
        filter: Mapping[str, str] | None = None,
        search: Mapping[str, str] | None = None,
        size: int = 20,
        cursor: str | None = None,
        page: int | None = None,
        total: bool = False,
    ) -> Page:
        """A page of what the principal may see."""
        fields = {"sort": sort, "filter": filter, "search": search, "size": size, "cursor": cursor, "page": page}
        return self._page(principal, self._list, total=total, **fields)

    def _page(self, principal: Principal, service: str, **fields: Any) -> Page:
        return Page(self._call(principal, service, **fields))
