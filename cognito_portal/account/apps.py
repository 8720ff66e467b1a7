from django.apps import AppConfig


class PortalAccountConfig(AppConfig):
    name = "cognito_portal.account"
    # `account` is the label of allauth's app, whose migrations name it.
    label = "portal_account"
