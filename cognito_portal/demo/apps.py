from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The app that carries ``manage.py demo``; installed only with the demo extra and DEBUG on."""

    name = "cognito_portal.demo"
    label = "demo"
