"""What machines use, as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Names the app."""

    name = "moztrap.api"
    label = "api"
    verbose_name = "API"
