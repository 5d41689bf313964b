"""A prepared loopback org for the tests of the Salesforce connector."""

import pytest

from tests.connectors.salesforce.org import Org


@pytest.fixture
def org() -> Org:
    return Org()
