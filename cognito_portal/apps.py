from django.apps import AppConfig
from django.core.checks import register

from cognito_portal.checks import configuration
from cognito_portal.client_checks import app_client


class PortalConfig(AppConfig):
    name = "cognito_portal"
    label = "portal"

    def ready(self) -> None:
        register(configuration)
        # This one asks AWS, so it runs only with `check --deploy`.
        register(app_client, deploy=True)
