"""Runs and results, as a Django app."""

from django.apps import AppConfig


class ExecutionConfig(AppConfig):
    """Names the app."""

    name = "moztrap.execution"
    label = "execution"
    verbose_name = "Execution"

    def ready(self) -> None:
        """Hear what becomes of the environments of product versions."""
        from moztrap.execution.actions import follow_environments  # noqa: F401
