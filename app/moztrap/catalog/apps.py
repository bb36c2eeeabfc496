"""Products and their versions, as a Django app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Names the app."""

    name = "moztrap.catalog"
    label = "catalog"
    verbose_name = "Catalog"
