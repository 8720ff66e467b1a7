from allauth.account.apps import AccountConfig


class AccountModelsConfig(AccountConfig):  # type: ignore[misc]  # allauth has no types
    """The models that allauth.mfa stands upon. None of the app's pages is served, so it needs no middleware."""

    def ready(self) -> None:
        return None
