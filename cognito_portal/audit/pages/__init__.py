"""The pages on which auditors find and read rows."""
