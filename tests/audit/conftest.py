from tests.databases import (
    database,
    migrated_postgresql,
    migrated_sqlite,
    postgresql,
    postgresql_server,
    sqlite,
)

__all__ = [
    "database",
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql",
    "postgresql_server",
    "sqlite",
]
