from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate

from cognito_portal.audit import triggers


class AuditConfig(AppConfig):
    name = "cognito_portal.audit"

    def ready(self) -> None:
        # Jobs may read models, which are there from now on.
        from cognito_portal.audit import jobs

        jobs.register_all()
        register(triggers.check_triggers, Tags.database)
        pre_migrate.connect(triggers.remove_before_migrate, sender=self)
        post_migrate.connect(triggers.install_after_migrate, sender=self)
