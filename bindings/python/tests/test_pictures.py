"""Pictures of results, with matplotlib and without."""

from __future__ import annotations

import sys
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import matplotlib
import pytest

import valor_ivx
from valor_ivx import Picture, Simulation, SimulationResult, normal

matplotlib.use("Agg")


@pytest.fixture(params=["exact", "sketch"])
def result(request: pytest.FixtureRequest, dcf_inputs: dict[str, Any]) -> SimulationResult:
    outputs = ["value_per_share", "enterprise_value"]
    simulation = Simulation("dcf", dcf_inputs, {"wacc": normal(0.09, 0.005)}, outputs=outputs)
    return simulation.run(trials=5000, seed=1, statistics={"quantile_mode": request.param})


def test_a_result_is_drawn_as_svg(result: SimulationResult) -> None:
    first, second = result.to_svg(), result.to_svg("enterprise_value")
    assert first == result.to_svg("value_per_share") != second
    for svg in (first, second):
        xml.etree.ElementTree.fromstring(svg)
        assert all(f"p{percent} " in svg for percent in (5, 25, 50, 75, 95))
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        result.to_svg("price")
    assert refused.value.field == "outputs"


def test_matplotlib_draws_the_same_bins_and_percentiles(result: SimulationResult) -> None:
    from matplotlib import pyplot

    axes = result.plot("enterprise_value")
    assert isinstance(axes, pyplot.Axes) and axes.get_xlabel() == "enterprise_value"
    shares, edges, _ = axes.patches[0].get_data()
    stats = result["enterprise_value"]
    assert shares.sum() == pytest.approx(1.0) and (edges[0], edges[-1]) == (stats.min, stats.max)
    assert [line.get_xdata()[0] for line in axes.lines] == stats.quantile([0.05, 0.25, 0.5, 0.75, 0.95])
    other = pyplot.subplots()[1]
    assert result.plot(ax=other) is other and other.get_xlabel() == "value_per_share"
    pyplot.close("all")


def test_without_matplotlib_a_plot_is_a_picture(
    result: SimulationResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    picture = result.plot()
    assert isinstance(picture, Picture)
    assert picture.svg == picture._repr_svg_() == result.to_svg()
    assert repr(picture).startswith("Picture(value_per_share, ")
    picture.save(tmp_path / "value.svg")
    assert (tmp_path / "value.svg").read_text(encoding="utf-8") == picture.svg
