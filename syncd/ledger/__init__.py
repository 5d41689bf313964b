"""The ledger: one SQLite file. All SQL of the program stands in this package.

store     opening, the single-writer lock, transactions, forks, backups
intake    pages → records, facts, activities, owners, opportunities, cursors
family    persons and their marketing records, merges
dirty     who is to be decided anew
people    who waits for a decision, dossiers, the owner directory
decisions verdicts, stage moves, handoffs, actions
protocol  intents, receipts, agreed pairs
journal   syncs, problems, what explain and undo read
"""
