"""Why an act cannot go on: the audit log did not take its row."""


class AuditUnavailable(Exception):
    """The audit log cannot be written or read, so nothing may be done that needs a row.

    Of a database error it holds the class alone: the text may quote what was to be written.
    """


class AlreadyTaken(Exception):
    """This turn of this attempt was sent before: make no call, and leave the session alone."""
