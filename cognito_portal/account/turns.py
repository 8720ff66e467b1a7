"""The number that a form of an account page carries, so that it is acted upon once.

It takes the place of a turn of the sign-in that began this session: (attempt_id, turn) has one begin row.
"""

import secrets

from django.http import QueryDict

# The walk counts its turns from 0, signing out and refreshing from -1 down; the column holds 31 bits.
LOWEST, HIGHEST = 1000, 2**31 - 1


def new_turn() -> int:
    """A number for one form, not to be guessed and not to be met by chance."""
    return LOWEST + secrets.randbelow(HIGHEST - LOWEST + 1)


def posted_turn(data: QueryDict) -> int | None:
    """The number out of a form, or None where it is no such number."""
    posted = data.get("turn", "")
    if not (posted.isascii() and posted.isdigit() and len(posted) <= 10):
        return None
    turn = int(posted)
    return turn if LOWEST <= turn <= HIGHEST else None
