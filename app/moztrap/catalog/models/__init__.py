"""Products and their versions."""

from moztrap.catalog.models.product import Product
from moztrap.catalog.models.productversion import ProductVersion

__all__ = ["Product", "ProductVersion"]
