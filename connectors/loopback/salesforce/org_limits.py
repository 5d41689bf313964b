"""What ``/limits`` lists: every allocation that the documentation's example names [sheet 3, 14].

The recorded org listed 71 allocations; those of products that came after the documented example
are not known by name here and are left out. Only what the emulator meters ever goes down:
calls, bulk jobs and batches, stored query results, and storage when it is declared full.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.loopback.salesforce.service import Service

Allocation = dict[str, Any]

_FIXED = {
    "ActiveScratchOrgs": 3,
    "AnalyticsExternalDataSizeMB": 40_960,
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentEinsteinDataInsightsStoryCreation": 5,
    "ConcurrentEinsteinDiscoveryStoryCreation": 2,
    "ConcurrentSyncReportRuns": 20,
    "DailyAnalyticsDataflowJobExecutions": 60,
    "DailyAnalyticsUploadedFilesSizeMB": 51_200,
    "DailyAsyncApexExecutions": 250_000,
    "DailyAsyncApexTests": 500,
    "DailyDeliveredPlatformEvents": 10_000,
    "DailyDurableGenericStreamingApiEvents": 10_000,
    "DailyDurableStreamingApiEvents": 10_000,
    "DailyEinsteinDataInsightsStoryCreation": 1_000,
    "DailyEinsteinDiscoveryPredictAPICalls": 50_000,
    "DailyEinsteinDiscoveryPredictionsByCDC": 500_000,
    "DailyEinsteinDiscoveryStoryCreation": 100,
    "DailyFunctionsApiCallLimit": 235_000,
    "DailyGenericStreamingApiEvents": 10_000,
    "DailyScratchOrgs": 6,
    "DailyStandardVolumePlatformEvents": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 1_000,
    "DataStorageMB": 10_240,
    "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 10_240,
    "HourlyAsyncReportRuns": 1_200,
    "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5_000,
    "HourlyDashboardStatuses": 999_999_999,
    "HourlyLongTermIdMapping": 100_000,
    "HourlyManagedContentPublicRequests": 50_000,
    "HourlyODataCallout": 20_000,
    "HourlyPublishedPlatformEvents": 50_000,
    "HourlyPublishedStandardVolumePlatformEvents": 1_000,
    "HourlyShortTermIdMapping": 100_000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1_000,
    "MassEmail": 5_000,
    "MonthlyEinsteinDiscoveryStoryCreation": 500,
    "MonthlyPlatformEventsUsageEntitlement": 0,
    "Package2VersionCreates": 6,
    "Package2VersionCreatesWithoutValidation": 500,
    "PermissionSets": 1_500,
    "PrivateConnectOutboundCalloutHourlyLimitMB": 0,
    "SingleEmail": 5_000,
    "StreamingApiConcurrentClients": 20,
}
_CUSTOM_PERMISSION_SETS = 1_000


def allocations(running: Service, now: datetime) -> dict[str, Allocation]:
    """``{name: {"Max": n, "Remaining": n}}`` by name; PermissionSets says how many may be custom too."""
    out: dict[str, Allocation] = {name: _of(most) for name, most in _FIXED.items()}
    out["PermissionSets"]["CreateCustom"] = _of(_CUSTOM_PERMISSION_SETS)
    if running.org.storage_full:
        out["DataStorageMB"]["Remaining"] = 0
    out |= running.bulk.limits(now)
    out["DailyApiRequests"] = {"Max": running.usage.daily, "Remaining": running.usage.remaining(now)}
    return dict(sorted(out.items()))


def _of(most: int) -> Allocation:
    return {"Max": most, "Remaining": most}
