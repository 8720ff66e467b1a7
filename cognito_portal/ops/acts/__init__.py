"""What ops may do to an account: one table, one order of work."""
