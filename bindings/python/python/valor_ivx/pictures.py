"""Pictures of results: matplotlib's where it is installed, the core's own SVG always."""

from __future__ import annotations

import html
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .simulation import Stats

__all__ = ["Picture"]

_MARKED = (5, 25, 50, 75, 95)


class Picture:
    """A picture that a notebook shows; `svg` is its text."""

    __slots__ = ("svg",)

    svg: str
    """The whole SVG file."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the SVG file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        start = self.svg.find("<title>") + len("<title>")
        title = html.unescape(self.svg[start : self.svg.find("</title>", start)])
        return f"Picture({title}, {len(self.svg):,} characters of SVG)"


def histogram(stats: Stats, edges: list[float], counts: list[int], ax: Any) -> Any:
    """The histogram of an output with its percentiles, drawn into `ax` of matplotlib, or into a figure of its own."""
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.subplots()[1]
    total = stats.count
    ax.stairs([count / total for count in counts], edges, fill=True, alpha=0.6)
    for percent, value in zip(_MARKED, stats.quantile([p / 100 for p in _MARKED]), strict=True):
        ax.axvline(value, linestyle="--", linewidth=0.8, color="black", label=f"p{percent} {value:.6g}")
    ax.set_xlabel(stats.name)
    ax.set_ylabel("share of trials")
    ax.legend()
    return ax
