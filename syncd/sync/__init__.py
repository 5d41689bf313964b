"""One round: settle → pull → decide → plan → apply. The only package that sees core, ledger and connectors.

round     the round itself, and the three ways to run it: plan, apply a saved plan, write
systems   the two connectors with what their checks found
pull      pages into the ledger
verdicts  deciding in chunks, brakes, saving plans
settle    what may have happened
apply     sending
planfile  a plan as a file
undo      taking a sync back
story     what explain tells
"""
