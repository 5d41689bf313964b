"""The ledger: one SQLite file. All SQL of the program stands in this package.

store     opening, the single-writer lock, transactions, forks, backups
intake    pages → records, facts, activities, owners, opportunities, cursors
family    persons and their marketing records, merges
people    who is dirty, dossiers, the owner directory
protocol  verdicts, handoffs, actions, intents, receipts, agreed pairs
journal   syncs, problems, what explain and undo read
"""
