"""Salesforce keeps the promises of every connector, over the loopback org."""

import pytest

from tests.connectors.salesforce.org import OrgRemote
from tests.connectors.suite import ConnectorSuite, Remote


class TestSalesforce(ConnectorSuite):
    @pytest.fixture
    def remote(self) -> Remote:
        return OrgRemote()
