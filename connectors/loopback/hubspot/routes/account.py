"""Account details and API usage (§10.3)."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply
from connectors.loopback.hubspot.instants import EPOCH, instant
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths

_NO_LIMIT = 2**31 - 1


def register(api: Api) -> None:
    views = AccountViews(api.portal)
    api.route("GET", paths.account("/details"), views.details)
    api.route("GET", paths.account("/api-usage/daily/private-apps"), views.usage)


class AccountViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def details(self, call: Call) -> Reply:
        """[R:amp-labs/post-auth/account-info.json]; the offset is the one of today."""
        settings = self._portal.settings
        local = (EPOCH + timedelta(milliseconds=call.now)).astimezone(ZoneInfo(settings.time_zone))
        offset = local.utcoffset() or timedelta()
        minutes = round(offset.total_seconds() / 60)
        sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        return Reply(
            {
                "portalId": settings.portal_id,
                "accountType": settings.account_type,
                "timeZone": settings.time_zone,
                "companyCurrency": settings.company_currency,
                "additionalCurrencies": [],
                "utcOffset": f"{sign}{hours:02d}:{rest:02d}",
                "utcOffsetMilliseconds": minutes * 60_000,
                "uiDomain": settings.ui_domain,
                "dataHostingLocation": settings.data_hosting_location,
            }
        )

    def usage(self, call: Call) -> Reply:
        """``usageLimit`` is a number even in a portal without one: the largest there is [S:account-info.v3]."""
        limiter, daily = self._portal.limiter, self._portal.settings.limits.daily
        return Reply(
            {
                "results": [
                    {
                        "name": "private-apps-api-calls-daily",
                        "usageLimit": _NO_LIMIT if daily is None else daily,
                        "currentUsage": limiter.daily_usage(call.now),
                        "collectedAt": instant(call.now),
                        "fetchStatus": self._portal.settings.usage_fetch_status,
                        "resetsAt": instant(limiter.resets_at(call.now)),
                    }
                ]
            }
        )
