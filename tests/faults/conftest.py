"""What the fault tests share."""

import os
import random
import secrets

import pytest


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Random choices. A failure's report shows their seed; with FAULT_SEED set to it they are the same again."""
    seed = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10**6))  # noqa: TID251 - for who repeats a test
    request.node.add_report_section("call", "seed", f"FAULT_SEED={seed}")
    return random.Random(seed)
