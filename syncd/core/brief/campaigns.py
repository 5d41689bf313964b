"""What brought the lead here and what of ours is running with them, so that the rep goes on where marketing stopped (S4.15)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from syncd.core.brief.case import Case
from syncd.core.brief.page import Line
from syncd.core.text import minute
from syncd.core.types import Activity

_UTM = ("utm_campaign", "utm_source", "utm_medium")
_MOST = 3


def campaigns(case: Case) -> list[Line]:
    """First and last source, campaigns of the fields and of the pages' addresses, and what is running."""
    first = _words(case, "source", "source_detail", "source_detail_2")
    latest = _words(case, "latest_source", "latest_source_detail")
    lines = [Line("First source", first, ask="How did you find us?")]
    if latest and latest != first:
        lines.append(Line("Latest source", latest))
    named = dict.fromkeys(filter(None, (case.said("first_campaign"), case.said("latest_campaign"))))
    lines += [Line("Campaign", name) for name in named]
    lines += _tagged(case)
    if (running := case.said("sequences")) not in ("", "0"):
        lines.append(Line("Sequences running", running))
    if mailing := case.said("last_mailing"):
        lines.append(Line("Last marketing e-mail", mailing))
    return lines


def _words(case: Case, *fields: str) -> str:
    return ", ".join(dict.fromkeys(filter(None, map(case.said, fields))))


def _tagged(case: Case) -> list[Line]:
    """Campaigns that the addresses of looked-at pages carry, newest first, each once."""
    found: dict[str, Activity] = {}
    for activity in case.activities:
        if text := _utm(activity.url):
            found.setdefault(text, activity)
    return [Line("Campaign", text, f"address, {minute(a.at)} UTC") for text, a in list(found.items())[:_MOST]]


def _utm(url: str) -> str:
    if "utm_campaign" not in url:
        return ""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:  # what people paste is not always an address
        return ""
    campaign, *by = (query.get(name, [""])[0].strip() for name in _UTM)
    through = "/".join(part for part in by if part)
    return f"{campaign} ({through})" if campaign and through else campaign
