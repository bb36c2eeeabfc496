"""The application's core, as a Django app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers what Django must know when it starts."""

    name = "moztrap.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Import the checks, which register themselves, and make `<id:pk>` known to addresses."""
        from django.urls import register_converter

        from moztrap.core import checks  # noqa: F401
        from moztrap.core.converters import IdConverter

        register_converter(IdConverter, "id")
