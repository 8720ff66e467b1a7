from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

from cognito_portal.access import STAFF_GROUPS


class OpsConfig(AppConfig):
    name = "cognito_portal.ops"

    def ready(self) -> None:
        # Models are there from now on.
        from cognito_portal.ops import alerts
        from cognito_portal.ops.bulk import jobs as bulk
        from cognito_portal.ops.index import jobs as index
        from cognito_portal.ops.ledger import jobs as ledger
        from cognito_portal.ops.onboarding import jobs as onboarding
        from cognito_portal.ops.verifications import erasing, guard

        # The groups are rows of a table of auth's.
        post_migrate.connect(make_groups, sender=apps.get_app_config("auth"))
        post_migrate.connect(guard.install_after_migrate, sender=self)
        erasing.register()
        alerts.register()
        for each in (index, onboarding, ledger, bulk):
            each.register_all()


def make_groups(sender: AppConfig, using: str, apps: Apps, **kwargs: Any) -> None:
    """Make the groups of staff. They exist from the first migration; nobody is in them (decision D6).

    `apps` are the models as the database now has them: without auth's where only another app was migrated.
    """
    try:
        group = apps.get_model("auth", "Group")
    except LookupError:
        return
    for role in STAFF_GROUPS:
        group.objects.using(using).get_or_create(name=role.value)
