"""Runs and results, as a Django app."""

from django.apps import AppConfig


class ExecutionConfig(AppConfig):
    """Names the app."""

    name = "moztrap.execution"
    label = "execution"
    verbose_name = "Execution"
