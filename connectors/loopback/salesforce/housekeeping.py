"""What the platform does to old records by itself, once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.org import Org

_DAYS_A_MONTH = 30.5


def run(org: Org, now: datetime) -> None:
    """Empty the recycle bin of what has lain there too long, archive old activities, forget old history."""
    if org.kept_house == now.date():
        return
    org.kept_house = now.date()
    if org.settings.recycle_bin_days is not None:
        _purge(org, values.stamp(now - timedelta(days=org.settings.recycle_bin_days)))
    if org.settings.archive_after_days is not None:
        _archive(org, (now - timedelta(days=org.settings.archive_after_days)).date().isoformat())
    if org.settings.history_months is not None:
        _forget(org, values.stamp(now - timedelta(days=org.settings.history_months * _DAYS_A_MONTH)))


def _purge(org: Org, before: str) -> None:
    """Deleting stamps SystemModstamp and nothing touches a deleted record."""
    for sobject in org.schema:
        if sobject.has("IsDeleted") and sobject.has("SystemModstamp"):
            condition = '"IsDeleted" = 1 AND "SystemModstamp" < ?'
            for record_id in org.store.ids_where(sobject, condition, (before,)):
                org.store.purge(sobject, record_id)


def _archive(org: Org, before: str) -> None:
    """Closed tasks and past events (UNCONFIRMED); only queryAll still finds them [sheet 11.5]."""
    for name, over in (("Task", '"IsClosed" = 1'), ("Event", "1")):
        org.store.db.execute(
            f'UPDATE "{name}" SET "IsArchived" = 1 WHERE "IsArchived" = 0 AND "ActivityDate" < ? AND {over}', (before,)
        )


def _forget(org: Org, before: str) -> None:
    """Field history beyond the standard retention [sheet 7]; the stages of opportunities stay."""
    for sobject in org.schema:
        if sobject.has("OldValue"):
            org.store.db.execute(f'DELETE FROM "{sobject.name}" WHERE "CreatedDate" < ?', (before,))
