"""Categories, elements and environments, as a Django app."""

from django.apps import AppConfig


class EnvironmentsConfig(AppConfig):
    """Names the app."""

    name = "moztrap.environments"
    label = "environments"
    verbose_name = "Environments"
