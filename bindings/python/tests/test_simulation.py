from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

import valor_ivx
from valor_ivx import CancelToken, Simulation, SimulationResult, distributed, draw, lognormal, normal, triangular


@pytest.fixture
def simulation(dcf_inputs: dict[str, Any]) -> Simulation:
    return Simulation(
        "dcf",
        dcf_inputs,
        draws={"wacc": normal(0.09, 0.005), "stages[*].ebit_margin": triangular(0.18, 0.2, 0.24)},
        correlation=np.array([[1.0, 0.3], [0.3, 1.0]]),
        outputs=["value_per_share", "enterprise_value"],
    )


def plain(result: SimulationResult) -> dict[str, Any]:
    return {**result.to_dict(), "elapsed": 0.0}


def test_a_run_gives_statistics_of_each_output(simulation: Simulation) -> None:
    result = simulation.run(trials=20_000, seed=7)
    assert (result.stopped, result.trials, result.trials_requested, result.seed) == ("complete", 20_000, 20_000, 7)
    assert list(result) == ["value_per_share", "enterprise_value"]
    share = result["value_per_share"]
    assert share.quantile(0.05) < share.mean < share.quantile(0.95)
    assert share.samples.shape == (20_000,) and share.samples.dtype == np.float64
    assert share.mean == pytest.approx(share.samples.mean(), rel=1e-12)
    assert share.standard_deviation == pytest.approx(share.samples.std(ddof=1), rel=1e-12)
    assert share.quantile(np.array([0.05, 0.3])) == [share.quantile(0.05), share.quantile(0.3)]
    assert share.quantile(0.3) == pytest.approx(np.quantile(share.samples, 0.3), rel=1e-12)
    assert share.probability_above(10.0) == np.mean(share.samples > 10.0)
    assert share.value_at_risk(0.95) == pytest.approx(share.mean - share.quantile(0.05))
    assert share.conditional_value_at_risk(0.95) > share.value_at_risk(0.95)
    assert [one.p for one in share.quantiles][0] == 0.01
    assert share.histogram.counts and sum(share.histogram.counts) == 20_000
    assert result.undefined.count == 0
    with pytest.raises(valor_ivx.InvalidInputError):
        result["price"]
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        share.quantile(1.5)
    assert refused.value.field == "p"


def test_samples_are_a_view_that_outlives_the_result(simulation: Simulation) -> None:
    samples = simulation.run(trials=4096, seed=7)["value_per_share"].samples
    again = simulation.run(trials=4096, seed=7, threads=1)["value_per_share"].samples
    assert not samples.flags.owndata and not samples.flags.writeable
    assert np.array_equal(samples, again)


def test_shards_merge_to_the_run_bit_for_bit(simulation: Simulation) -> None:
    whole = simulation.run(trials=10_000, seed=2**63 + 1, threads=1)
    parts = [simulation.run_shard(shard=i, shards=3, trials=10_000, seed=2**63 + 1) for i in (2, 0, 1)]
    merged = SimulationResult.merge([pickle.loads(pickle.dumps(part)) for part in parts])
    assert plain(merged) == plain(whole)
    assert merged.seed == 2**63 + 1
    assert np.array_equal(merged["value_per_share"].samples, whole["value_per_share"].samples)
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        simulation.run_shard(shard=0, shards=11, trials=10_000, seed=1)
    assert refused.value.field == "shards"


def test_simulations_results_and_statistics_pickle(simulation: Simulation) -> None:
    assert pickle.loads(pickle.dumps(simulation)) == simulation
    assert Simulation.from_dict(simulation.to_dict()) == simulation
    result = simulation.run(trials=2048, seed=1)
    assert pickle.loads(pickle.dumps(result)).to_dict() == result.to_dict()
    assert SimulationResult.from_bytes(result.to_bytes()).to_bytes() == result.to_bytes()
    assert pickle.loads(pickle.dumps(result["value_per_share"])).mean == result["value_per_share"].mean


def test_a_seed_that_is_not_given_is_made_and_returned(simulation: Simulation) -> None:
    one, other = simulation.run(trials=1024), simulation.run(trials=1024)
    assert one.seed != other.seed
    assert plain(simulation.run(trials=1024, seed=one.seed)) == plain(one)


@pytest.mark.parametrize(
    "matrix",
    [[[1, 2], [2, 1]], [[1, 0.5], [0.1, 1]], [[1, 0.5]], [[1.0, float("nan")], [float("nan"), 1.0]]],
)
def test_a_matrix_that_is_no_correlation_is_refused(dcf_inputs: dict[str, Any], matrix: Any) -> None:
    draws = {"wacc": normal(0.09, 0.01), "terminal.growth": normal(0.02, 0.001)}
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        Simulation("dcf", dcf_inputs, draws, correlation=matrix).run(trials=1024, seed=1)
    assert refused.value.field is not None and refused.value.field.startswith("dependence.matrix")


@pytest.mark.parametrize(
    ("draws", "field"),
    [
        ({"waccc": normal(0.09, 0.01)}, None),
        ({"wacc": normal(0.09, -1.0)}, None),
        ({"wacc": normal(float("nan"), 1.0)}, "draws[0].distribution.mean"),
        ({"wacc": lognormal(mean=1.0, sigma=0.2)}, None),
        ({}, "draws"),
    ],
)
def test_bad_draws_are_refused(dcf_inputs: dict[str, Any], draws: Any, field: str | None) -> None:
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        Simulation("dcf", dcf_inputs, draws).run(trials=1024, seed=1)
    assert field is None or refused.value.field == field


def test_undefined_trials_are_counted_never_filled(dcf_inputs: dict[str, Any]) -> None:
    simulation = Simulation("dcf", dcf_inputs, {"wacc": normal(0.05, 0.02)})
    with pytest.raises(valor_ivx.UndefinedError):
        simulation.run(trials=10_000, seed=1)
    result = simulation.run(trials=10_000, seed=1, on_undefined="discard", max_undefined_fraction=0.5)
    assert 0 < result.undefined.count == result.trials - result.trials_defined
    assert len(result["value_per_share"].samples) == len(result.trial_index) == result.trials_defined
    assert result.conditional


def revenue(columns: dict[str, Any]) -> dict[str, Any]:
    return {"revenue": columns["price"] * columns["volume"]}


def test_a_function_over_columns_stands_in_for_a_model() -> None:
    draws = [draw("price", normal(10.0, 1.0)), draw("volume", normal(1.0, 0.1), mode="scale")]
    simulation = Simulation(revenue, {"price": 10.0, "volume": 100.0}, draws, outputs=["revenue"])
    result = simulation.run(trials=5000, seed=1)
    assert result["revenue"].mean == pytest.approx(1000.0, rel=0.01)
    again = pickle.loads(pickle.dumps(simulation)).run(trials=5000, seed=1, threads=1)
    assert np.array_equal(again["revenue"].samples, result["revenue"].samples)


def test_what_a_function_raises_passes_through_unchanged() -> None:
    failure = KeyError("my own")

    def broken(columns: dict[str, Any]) -> Any:
        raise failure

    with pytest.raises(KeyError) as raised:
        Simulation(broken, {"price": 10.0}, {"price": normal(10.0, 1.0)}).run(trials=5000, seed=1)
    assert raised.value is failure


def test_an_interrupt_stops_a_run_at_once(simulation: Simulation) -> None:
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        simulation.run(trials=500_000_000, seed=1)
    assert time.monotonic() - start < 30.0
    timer.join()


def test_a_token_cancelled_before_the_first_block_is_an_error(simulation: Simulation) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(valor_ivx.CancelledError):
        simulation.run(trials=100_000, seed=1, cancel=token)


def test_a_token_ends_a_run_with_the_trials_finished(simulation: Simulation) -> None:
    token = CancelToken()
    result = simulation.run(trials=100_000_000, seed=1, cancel=token, progress=lambda _: token.cancel())
    assert result.stopped == "cancelled" and 0 < result.trials < 100_000_000
    again = simulation.run(trials=result.trials, seed=1)
    assert again["value_per_share"].mean == result["value_per_share"].mean


def test_an_exception_in_progress_ends_the_run(simulation: Simulation) -> None:
    class Enough(Exception):
        pass

    def enough(progress: Any) -> None:
        assert 0 < progress.done <= progress.total
        raise Enough

    with pytest.raises(Enough):
        simulation.run(trials=100_000_000, seed=1, progress=enough)


def test_progress_can_be_shown(simulation: Simulation, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulation.run(trials=10_000, seed=1, progress=True).stopped == "complete"


def test_without_tqdm_a_line_tells_rate_and_remaining_time(
    simulation: Simulation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    token = CancelToken()

    def pull(columns: dict[str, Any]) -> Any:
        # Progress is told at most every 50 ms, so the run goes on until it has been.
        if "to go" in capsys.readouterr().err:
            token.cancel()
        return columns["x"]

    own = Simulation(pull, {"x": 1.0}, {"x": normal(0.0, 1.0)})
    result = own.run(2**40, seed=1, statistics={"quantile_mode": "sketch"}, progress=True, cancel=token)
    assert result.stopped == "cancelled"


def test_threads_run_simulations_at_the_same_time(simulation: Simulation) -> None:
    want = plain(simulation.run(trials=20_000, seed=1))
    got: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: got.append(plain(simulation.run(trials=20_000, seed=1)))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [want] * 6


def test_the_number_of_threads_is_set_for_the_process_and_moves_no_bit(simulation: Simulation) -> None:
    cores, want = valor_ivx.num_threads(), plain(simulation.run(trials=20_000, seed=1))
    try:
        for threads in (1, 3):
            valor_ivx.set_num_threads(threads)
            assert valor_ivx.num_threads() == threads
            assert plain(simulation.run(trials=20_000, seed=1)) == want
        for refused in (0, -1):
            with pytest.raises(valor_ivx.InvalidInputError) as error:
                valor_ivx.set_num_threads(refused)
            assert error.value.field == "threads"
    finally:
        valor_ivx.set_num_threads(None)
    assert valor_ivx.num_threads() == cores


def in_child(simulation: Simulation) -> float:
    return simulation.run(trials=20_000, seed=1)["value_per_share"].mean


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_runs_too(simulation: Simulation) -> None:
    mean = in_child(simulation)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(in_child, [simulation] * 4).get(timeout=120) == [mean] * 4


def test_results_are_readable_and_become_tables(simulation: Simulation) -> None:
    result = simulation.run(trials=2048, seed=1)
    assert repr(result).startswith("SimulationResult(complete, 2,048 trials, seed 1; value_per_share: mean ")
    assert "<table>" in result._repr_html_()
    assert "mean" in repr(result["value_per_share"])
    mean = result["value_per_share"].mean
    assert result.to_pandas().loc["value_per_share", "mean"] == mean
    assert result.to_polars()["mean"][0] == mean
    assert result.to_arrow()["mean"][0].as_py() == mean
    assert repr(normal(0.09, 0.01)) == "normal(mean=0.09, sd=0.01)"


def test_shards_on_an_executor_give_the_run_bit_for_bit(simulation: Simulation) -> None:
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        result = distributed.run(simulation, executor, trials=10_000, seed=7, shards=5, threads=1)
        assert plain(result) == plain(simulation.run(trials=10_000, seed=7))
        with pytest.raises(valor_ivx.InvalidInputError):
            distributed.run(simulation, executor, trials=10_000, seed=7, shards=5, sampling="no such")
