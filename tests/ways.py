"""Whereto anybody may move in the funnel, by the specification and not by the code."""

from __future__ import annotations

ALLOWED = {
    "contact": "lead mql handed_off sal sql opportunity customer",
    "lead": "mql handed_off sal sql opportunity customer",
    "mql": "lead handed_off sal sql opportunity customer recycled",
    "handed_off": "sal sql opportunity customer recycled trash unreachable lost",
    "sal": "sql opportunity customer recycled trash unreachable lost",
    "sql": "opportunity customer recycled trash unreachable lost",
    "opportunity": "customer lost sql",
    "customer": "opportunity",
    "recycled": "lead mql handed_off sal opportunity customer",
    "unreachable": "lead mql handed_off sal opportunity customer",
    "trash": "lead opportunity customer",
    "lost": "lead mql handed_off opportunity customer",
    "void": "",
}
"""Whereto anything at all may lead, besides void: written by hand, beside the table."""
