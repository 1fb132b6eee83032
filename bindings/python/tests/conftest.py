from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from golden import case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dcf_inputs() -> dict[str, Any]:
    """A three-stage company with a growing perpetuity."""
    inputs: dict[str, Any] = case("dcf_three_stage_gordon_last_flow")["inputs"]
    return inputs


@pytest.fixture(params=["memory:", "sqlite:"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store in memory, and one in a file."""
    return "memory:" if request.param == "memory:" else f"sqlite:{tmp_path / 'store.db'}"
