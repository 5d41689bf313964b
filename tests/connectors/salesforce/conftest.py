import pytest

from tests.connectors.salesforce.org import Org


@pytest.fixture
def org() -> Org:
    return Org()
