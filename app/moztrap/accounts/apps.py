"""Accounts, as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles and their pages."""

    name = "moztrap.accounts"
    label = "accounts"
    verbose_name = "Accounts"
