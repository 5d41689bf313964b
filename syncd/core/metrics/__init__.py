"""The numbers that marketing and sales read, each defined once (docs/report.md).

    rates ◄─ lead ◄─ tally ◄─ compare (outliers, alarms)
                       ▲
    funnel             └── report ◄─ meeting

Rows go in frozen and come out frozen. The cohort of every number is the handoffs that reached sales within the period.
"""
