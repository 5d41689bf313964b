"""The collector of cycles has its usual thresholds again, however deciding ends."""

from __future__ import annotations

import gc

import pytest

from syncd.sync.collector import seldom_collected


def test_the_usual_thresholds_come_back() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="boom"), seldom_collected():
        assert gc.get_threshold() > usual
        raise ValueError("boom")
    assert gc.get_threshold() == usual
