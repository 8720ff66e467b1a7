"""The embedded Cognito: a stand-in for a user pool on this machine, for trying the portal and for tests.

Nothing here belongs in production, and no other room imports it.
"""
