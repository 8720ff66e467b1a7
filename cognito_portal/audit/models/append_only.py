"""Rows that are inserted once. What stands here refuses every change through the ORM;
cognito_portal.audit.triggers refuses it in the database.
"""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from django.db import models

_Row = TypeVar("_Row", bound=models.Model)


class AppendOnlyError(TypeError):
    """Someone tried to change or remove what may only be appended to."""

    def __init__(self) -> None:
        super().__init__("audit rows are only appended, never changed or removed")


class AppendOnlyQuerySet(models.QuerySet[_Row]):
    """A query set that reads and appends."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_create(self, objs: Iterable[_Row], *args: Any, **kwargs: Any) -> list[_Row]:
        if args[2:] or kwargs.get("update_conflicts"):
            raise AppendOnlyError
        return super().bulk_create(objs, *args, **kwargs)

    def _raw_delete(self, using: str | None) -> NoReturn:
        raise AppendOnlyError

    def _update(self, values: Any, returning_fields: Any = None) -> NoReturn:
        raise AppendOnlyError


class AppendOnly(models.Model):
    """A row that is inserted once. Saving it again or deleting it raises AppendOnlyError."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding or args or kwargs.get("force_update") or kwargs.get("update_fields"):
            raise AppendOnlyError
        # Without it Django first tries an UPDATE wherever a key is set by hand.
        super().save(**{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError
