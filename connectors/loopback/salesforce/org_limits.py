"""What ``/limits`` lists: every allocation that an org of 2026 names [sheet 3, 14].

Only what the emulator meters ever goes down: calls, bulk jobs and batches, stored query results,
and storage when it is declared full.
"""

from __future__ import annotations

from typing import Any

from connectors.loopback.salesforce.org import Caller
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
# Of products the org has not bought: nothing allowed, nothing left (UNCONFIRMED).
_NOT_BOUGHT = (
    "CdpAiInferenceApiMonthlyLimit", "ContentDistBandwidthLimitMB", "ContentDistViewLimit", "ContentPublicationLimit",
    "DailyApexCursorLimit", "DailyApexCursorRowsLimit", "DailyApexPCursorLimit", "DailyDataCloudCursorLimit",
    "DailyDataCloudCursorRowsLimit", "DailyDataCloudFlexCredits", "DailyEinsteinDiscoveryOptimizationJobRuns",
    "DailyMetadataRetrievesWithDependencies", "DailyServiceEmailAgentforceCalls", "ExternalServicesActiveObjects",
    "ExternalServicesActiveOperations", "ExternalServicesObjectProperties", "ExternalServicesObjects",
    "ExternalServicesOperations", "ExternalServicesRegistrations", "HourlyElevateAsyncReportRuns",
    "HourlyElevateSyncReportRuns", "MaxContentDocumentsLimit", "PlatformEventTriggersWithParallelProcessing",
    "PublishCallbackUsageInApex", "ScheduledFlowRunLimit", "ScheduledPathRunLimit",
)  # fmt: skip
# The first API version that lists them, and what older ones say instead [D:resources_limits].
_SINCE = {
    "DailyAsyncApexTests": 56, "DailyBulkApiBatches": 49, "DailyBulkV2QueryFileStorageMB": 47,
    "DailyBulkV2QueryJobs": 47, "DailyDurableGenericStreamingApiEvents": 37, "DailyDurableStreamingApiEvents": 37,
    "DailyFunctionsApiCallLimit": 53, "DurableStreamingApiConcurrentClients": 37,
    "MonthlyPlatformEventsUsageEntitlement": 48, "PermissionSets": 41,
}  # fmt: skip
_BEFORE = {"DailyBulkApiBatches": "DailyBulkApiRequests"}
_FOR_USER_MANAGERS = ("DataStorageMB", "FileStorageMB")
_CUSTOM_PERMISSION_SETS = 1_000


def allocations(running: Service, who: Caller) -> dict[str, Allocation]:
    """``{name: {"Max": n, "Remaining": n}}`` by name; PermissionSets says how many may be custom too.

    Storage is shown to those who manage users.
    """
    now, version = who.now, float(who.version)
    out: dict[str, Allocation] = {name: _of(most) for name, most in _FIXED.items()}
    out |= {name: _of(0) for name in _NOT_BOUGHT}
    out["PermissionSets"]["CreateCustom"] = _of(_CUSTOM_PERMISSION_SETS)
    if running.org.storage_full:
        out["DataStorageMB"]["Remaining"] = 0
    out |= running.bulk.limits(now)
    out["DailyApiRequests"] = {"Max": running.usage.daily, "Remaining": running.usage.remaining(now)}
    for name in [name for name, since in _SINCE.items() if version < since]:
        allocation = out.pop(name)
        if name in _BEFORE:
            out[_BEFORE[name]] = allocation
    if not who.user.has("ManageUsers"):
        for name in _FOR_USER_MANAGERS:
            del out[name]
    return dict(sorted(out.items()))


def _of(most: int) -> Allocation:
    return {"Max": most, "Remaining": most}
