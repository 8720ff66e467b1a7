"""Inviting a person: what a new account needs, whether it is there, and the one call that makes it."""
