"""Writes of products and their versions."""

from moztrap.catalog.actions.create import create_product, create_version
from moztrap.catalog.actions.delete import delete_product, delete_version
from moztrap.catalog.actions.order import order_versions
from moztrap.catalog.actions.update import update_product, update_version

__all__ = [
    "create_product",
    "create_version",
    "delete_product",
    "delete_version",
    "order_versions",
    "update_product",
    "update_version",
]
