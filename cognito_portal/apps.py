from django.apps import AppConfig
from django.core.checks import register

from cognito_portal.checks import configuration


class PortalConfig(AppConfig):
    name = "cognito_portal"
    label = "portal"

    def ready(self) -> None:
        register(configuration)
