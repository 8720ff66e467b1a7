from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from cognito_portal.access import STAFF_GROUPS


class OpsConfig(AppConfig):
    name = "cognito_portal.ops"

    def ready(self) -> None:
        post_migrate.connect(make_groups, sender=self)


def make_groups(sender: AppConfig, using: str, plan: Sequence[Any], **kwargs: Any) -> None:
    """Make the groups of staff. They exist from the first migration; nobody is in them (decision D6)."""
    group = apps.get_model("auth", "Group")
    for role in STAFF_GROUPS:
        group.objects.using(using).get_or_create(name=role.value)
