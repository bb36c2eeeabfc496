"""Accounts, as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles and their pages."""

    name = "moztrap.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Import the checks, which register themselves."""
        from moztrap.accounts import checks  # noqa: F401
