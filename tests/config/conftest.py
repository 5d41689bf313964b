"""The fixtures of the configuration's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_workshop import Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)
