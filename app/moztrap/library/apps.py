"""Test cases, steps and tags, as a Django app."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Names the app."""

    name = "moztrap.library"
    label = "library"
    verbose_name = "Library"
