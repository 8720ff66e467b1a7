"""The invitation ledger: one line per invited account, its funnel, and reminders before an invitation ends."""
