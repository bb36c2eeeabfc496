"""What results say together, as a Django app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Names the app."""

    name = "moztrap.reports"
    label = "reports"
    verbose_name = "Reports"
