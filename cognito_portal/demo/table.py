"""What ``manage.py demo`` prints: where everything is, and who may sign in with what."""

from collections.abc import Sequence

from cognito_portal.demo.seed_users import NAMED_USERS, SeededUser
from cognito_portal.demo.staff import Staff

HEADINGS = ("user", "password", "status", "note")
HIDDEN = "(not shown)"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return the rows as lines with their columns aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines)


def users_table(users: Sequence[SeededUser], *, show_passwords: bool) -> str:
    """Return the table of these users."""
    rows = [HEADINGS]
    for user in users:
        password = user.password if show_passwords else HIDDEN
        note = user.note
        if user.totp_secret and show_passwords:
            note = f"{note}, authenticator secret {user.totp_secret}"
        if user.flow:
            note = f"{note} (COGNITO_AUTH_FLOW={user.flow} make run)"
        rows.append((user.username, password, user.status, note))
    return aligned(rows)


def summary(
    *,
    url: str,
    outbox_url: str,
    users: Sequence[SeededUser],
    staff: Sequence[Staff],
    codes_url: str,
    show_passwords: bool,
) -> str:
    """Return the whole print: addresses, named users, the staff. ``codes_url`` shows the codes of their apps."""
    places = [
        ("Portal", f"{url}/"),
        ("Staff", f"{url}/staff/sign-in/"),
        ("Codes", f"{codes_url}/"),
        ("Outbox", f"{outbox_url}/"),
    ]
    shown = [
        (each.username, each.password if show_passwords else HIDDEN, _second_step(each)) for each in staff
    ]
    return "\n\n".join(
        [
            aligned(places),
            users_table(users[:NAMED_USERS], show_passwords=show_passwords),
            aligned([("staff", "password", "second step"), *shown]),
            f"{len(users) - NAMED_USERS} more users are in the pool. Pool and database last until this stops.",
        ]
    )


def _second_step(each: Staff) -> str:
    return "a code, see Codes above" if each.totp_secret else "none"
