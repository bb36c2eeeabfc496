"""Test cases, steps and tags, as a Django app."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Names the app."""

    name = "moztrap.library"
    label = "library"
    verbose_name = "Library"

    def ready(self) -> None:
        """Keep the environments of cases in step with those of product versions."""
        from moztrap.library.actions import follow_environments  # noqa: F401
