"""The rights of PostgreSQL roles: what each process needs of each table, and nothing beside it (ASVS 13.2.2).

Four roles: whoever owns the tables migrates and serves nothing; the site serves; the worker seals and
reconciles; retention deletes what the triggers let it, which is what is marked as pruned, and people's names,
and takes those out of the filters that auditors and the help desk kept.
No role but the owner may change a row of the log, drop a trigger or make a table.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

READ, APPEND, CHANGE = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE"
KEEP = "SELECT, INSERT, UPDATE, DELETE"
READ_AND_DELETE = "SELECT, DELETE"
REDACT, REDACT_SEARCH = "SELECT, UPDATE (query)", "SELECT, UPDATE (query, name)"
REDACT_VIEW = "SELECT, UPDATE (query, value, name)"
DECIDE = (
    "SELECT, INSERT, UPDATE (approved_at, approved_by, refused_at, refused_by, refused_why,"
    " undone_at, undone_by, undone_why)"
)
REDACT_VERIFICATION = "SELECT, UPDATE (sub, note, marks, refused_why, undone_why)"
ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
Rights = Mapping[str, str]

_LOG = ("audit_event", "audit_person", "audit_name_part")
_PROOF = ("audit_leaf", "audit_seal", "audit_prune", "audit_rollup")
_PUSHES = ("audit_push", "audit_delivery")
_ONBOARDING = ("ops_onboarding_job", "ops_onboarding_item")
_BULK = ("ops_bulk_act", "ops_bulk_act_item")
# The last one is no model's (cognito_portal.ops.index.text).
_POOL_INDEX = ("ops_pool_index", "ops_pool_index_value", "ops_pool_index_text")
_STAFF = (
    *("django_content_type", "auth_permission", "auth_group", "auth_group_permissions"),
    *("auth_user_groups", "auth_user_user_permissions"),
)

SITE: Rights = {
    **dict.fromkeys(_LOG, APPEND),
    **dict.fromkeys((*_PROOF, "worker_lease", "django_migrations", *_STAFF), READ),
    **dict.fromkeys(("audit_review", "audit_verification"), APPEND),
    **dict.fromkeys(("audit_export", "audit_flag", "ops_staff_preferences"), CHANGE),
    **dict.fromkeys(("audit_saved_search", "django_session", "signin_device", "signin_used_code"), KEEP),
    **dict.fromkeys((*_PUSHES, "mfa_authenticator"), KEEP),
    # The addresses of allauth's own sign-up, which nobody uses here.
    **dict.fromkeys(("account_emailaddress", "account_emailconfirmation"), READ),
    # A company's sign-in makes its people; only the terminal gives an account of the portal's own a role, or
    # retires anybody.
    "auth_user": "SELECT, INSERT, UPDATE (password, last_login, email)",
    "ops_verification": DECIDE,
    **dict.fromkeys(_ONBOARDING, KEEP),
    **dict.fromkeys((*_POOL_INDEX, "ops_saved_view"), KEEP),
    "ops_pool_index_state": READ,
    # A line goes with its account; whoever sends a reminder says so in it.
    "ops_invitation": "SELECT, UPDATE, DELETE",
    **dict.fromkeys(_BULK, KEEP),
}
WORKER: Rights = {
    **dict.fromkeys((*_LOG, "audit_leaf", "audit_seal"), APPEND),
    **dict.fromkeys(("audit_prune", "django_migrations"), READ),
    **dict.fromkeys(
        ("audit_rollup", "audit_export", "audit_flag", "audit_verification", "worker_lease"), CHANGE
    ),
    **dict.fromkeys(_PUSHES, KEEP),
    "django_session": READ_AND_DELETE,
    "ops_alert": CHANGE,
    **dict.fromkeys(_ONBOARDING, KEEP),
    **dict.fromkeys((*_POOL_INDEX, "ops_pool_index_state"), KEEP),
    **dict.fromkeys(("ops_invitation", "ops_invitation_ledger"), KEEP),
    "auth_user": "SELECT (id, username, email)",
    **dict.fromkeys(_BULK, KEEP),
}
RETENTION: Rights = {
    **dict.fromkeys((*_PROOF, "django_migrations"), READ),
    "audit_prune": APPEND,
    "audit_event": "SELECT, INSERT, DELETE",
    **dict.fromkeys(("audit_leaf", "audit_person", "audit_name_part"), READ_AND_DELETE),
    **dict.fromkeys(("audit_review", "audit_export"), REDACT),
    "audit_saved_search": REDACT_SEARCH,
    "ops_saved_view": REDACT_VIEW,
    # Whether somebody else has a name or value as well.
    **dict.fromkeys(("ops_pool_index", "ops_pool_index_value"), READ),
    "ops_verification": REDACT_VERIFICATION,
    "ops_onboarding_job": READ,
    "ops_onboarding_item": "SELECT, UPDATE (state, problem, sealed, sub)",
    "ops_bulk_act": READ,
    "ops_bulk_act_item": "SELECT, UPDATE (state, problem, sub)",
    "worker_lease": CHANGE,
}


class BadRole(ValueError):
    """A name that no role is given here: lower-case letters, digits and underscores only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The names of the three roles that processes connect with. Raises BadRole."""

    site: str
    worker: str
    retention: str

    def __post_init__(self) -> None:
        for name in (self.site, self.worker, self.retention):
            if not ROLE.fullmatch(name):
                raise BadRole(name)

    def rights(self) -> dict[str, Rights]:
        return {self.site: SITE, self.worker: WORKER, self.retention: RETENTION}


def statements(roles: Roles, *, database: str, is_retention_apart: bool) -> Iterator[str]:
    """SQL that makes the roles and gives them their rights. It may be run again, after each migration for instance.

    Unless retention is to be apart, the worker has its rights too.
    """
    names = ", ".join(roles.rights())
    yield "BEGIN"
    for name in roles.rights():
        there = f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"  # noqa: S608 (it is a checked name)
        yield f"DO $$ BEGIN IF NOT EXISTS ({there}) THEN CREATE ROLE {name} LOGIN; END IF; END $$"
    # A table of one's own, a temporary one too, could stand in front of the log's.
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"REVOKE CREATE, TEMPORARY ON DATABASE {_quoted(database)} FROM PUBLIC"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {names}"
    yield f"GRANT USAGE ON SCHEMA public TO {names}"
    for role, rights in roles.rights().items():
        for privileges in dict.fromkeys(rights.values()):
            tables = ", ".join(sorted(table for table, given in rights.items() if given == privileges))
            yield f"GRANT {privileges} ON {tables} TO {role}"
    act = "REVOKE {} FROM {}" if is_retention_apart else "GRANT {} TO {}"
    yield act.format(roles.retention, roles.worker)
    yield "COMMIT"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
