"""Contacts: e-mail, lifecycle stage, names, and what a merge keeps (§4.7, §4.8, §6)."""

from __future__ import annotations

import re

from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.pipelines import LIFECYCLE
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.rules.base import Changes, Properties, Rules
from connectors.loopback.hubspot.values import merge_lists, split_list

# What a create computes whatever was sent [R:amp-labs/batch/create/contacts/success.json].
_BORN_WITH = {
    "hs_associated_target_accounts": "0",
    "hs_currently_enrolled_in_prospecting_agent": "false",
    "hs_is_contact": "true",
    "hs_is_unworked": "true",
    "hs_membership_has_accessed_private_content": "0",
    "hs_pipeline": LIFECYCLE,
    "hs_prospecting_agent_actively_enrolled_count": "0",
    "hs_prospecting_agent_total_enrolled_count": "0",
    "hs_registered_member": "0",
    "hs_sequences_actively_enrolled_count": "0",
    "num_notes": "0",
}
_NAMES = ("email", "firstname", "lastname")


class ContactRules(Rules):
    create_echo = Rules.create_echo | {
        *_BORN_WITH,
        "hs_all_contact_vids",
        "hs_email_domain",
        "hs_full_name_or_email",
        "hs_searchable_calculated_phone_number",
        "hs_v2_date_entered_current_stage",
        "hs_v2_time_in_current_stage",
        "lifecyclestage",
    }
    update_echo = Rules.update_echo | {"hs_is_unworked", "hs_pipeline", "lifecyclestage"}
    epoch_echo = re.compile(r"hs_lifecyclestage_\w+_date")

    def begin(self, record_id: int, changes: Changes, source: Source, at: int) -> None:
        super().begin(record_id, changes, source, at)
        for name, value in _BORN_WITH.items():
            changes.setdefault(name, value)
        changes["hs_all_contact_vids"] = str(record_id)
        changes.setdefault("lifecyclestage", self.settings.default_lifecyclestage)
        changes.setdefault("hs_analytics_source", "OFFLINE")
        changes.setdefault("hs_analytics_source_data_1", source.type)
        if source.id is not None:
            changes.setdefault("hs_analytics_source_data_2", source.id)

    def follow(self, record_id: int, before: Properties, changes: Changes, at: int) -> None:
        super().follow(record_id, before, changes, at)
        self._email(before, changes)
        if any(name in changes for name in _NAMES):
            email, first, last = (changes.get(name, before.get(name, "")) for name in _NAMES)
            changes["hs_full_name_or_email"] = f"{first} {last}" if first and last else first or last or email
        if "phone" in changes:
            digits = filter(str.isdecimal, changes["phone"])
            changes["hs_searchable_calculated_phone_number"] = "".join(digits)
        if "lifecyclestage" in changes:
            self._stage(before, changes, at)

    def merged(self, primary: Properties, other: Properties) -> Changes:
        kept = super().merged(primary, other)
        stages = (primary.get("lifecyclestage", ""), other.get("lifecyclestage", ""))
        furthest = max(stages, key=lambda stage: self.pipelines.place("contacts", stage))
        if furthest:
            kept["lifecyclestage"] = furthest
        secondary = merge_lists(
            primary.get("hs_additional_emails"),
            other.get("email") if primary.get("email") else None,
            other.get("hs_additional_emails"),
        )
        if secondary:
            kept["hs_additional_emails"] = secondary
        return kept

    def merge_marks(self, survivor_id: int, primary: Record, other: Record, at: int) -> Changes:
        stamp = f":{at}" if self.settings.merged_vids == "id:ms" else ""
        both = (primary.properties, other.properties)
        merged = merge_lists(
            *(one.get("hs_calculated_merged_vids") for one in both), f"{primary.id}{stamp};{other.id}{stamp}"
        )
        every = merge_lists(str(survivor_id), *(one.get("hs_all_contact_vids") for one in both))
        return {"hs_calculated_merged_vids": merged, "hs_all_contact_vids": every}

    @staticmethod
    def _email(before: Properties, changes: Changes) -> None:
        email = changes.get("email")
        if email is None:
            return
        changes["hs_email_domain"] = email.partition("@")[2]
        secondary = split_list(before.get("hs_additional_emails"))
        if email in secondary:  # a secondary address is promoted, the old one takes its place
            secondary[secondary.index(email)] = before.get("email", "")
            changes["hs_additional_emails"] = ";".join(filter(None, secondary))

    def _stage(self, before: Properties, changes: Changes, at: int) -> None:
        """Forward only: an earlier stage is ignored in silence, the answer is still 200 (§6)."""
        old, new = before.get("lifecyclestage", ""), changes["lifecyclestage"]
        place = self.pipelines.place
        backwards = bool(old) and place("contacts", new) < place("contacts", old)
        if new == old or (new and backwards and self.settings.lifecycle == "forward"):
            del changes["lifecyclestage"]
            return
        now = instant(at)
        if old:
            changes[f"hs_v2_date_exited_{old}"] = now
        if not new:
            changes["hs_v2_date_entered_current_stage"] = ""
            changes["hs_v2_time_in_current_stage"] = ""
            if self.settings.clearing_stage_clears_dates:
                changes[f"hs_lifecyclestage_{old}_date"] = ""
            return
        first_entry = f"hs_lifecyclestage_{new}_date"
        if first_entry not in before:
            changes[first_entry] = now
        changes[f"hs_v2_date_entered_{new}"] = now
        changes["hs_v2_date_entered_current_stage"] = now
        changes["hs_v2_time_in_current_stage"] = now
