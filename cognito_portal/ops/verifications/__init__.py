"""Verifying accounts: a record of the portal's own, with a second person where one is asked for.

It gates no sign-in: it says what staff know of who has an account.
"""
