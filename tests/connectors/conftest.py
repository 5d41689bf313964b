"""The connector suite's asserts are shown in full."""

import pytest

pytest.register_assert_rewrite("tests.connectors.suite", "tests.connectors.account_suite")
