from __future__ import annotations

from typing import Any

import pytest
from golden import case


@pytest.fixture
def dcf_inputs() -> dict[str, Any]:
    """A three-stage company with a growing perpetuity."""
    inputs: dict[str, Any] = case("dcf_three_stage_gordon_last_flow")["inputs"]
    return inputs
