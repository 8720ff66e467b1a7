"""The ops desk: find an account, and see on one page why its person cannot sign in."""
