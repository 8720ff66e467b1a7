from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "cognito_portal.worker"
