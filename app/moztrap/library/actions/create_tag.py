"""Create a tag."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import Product
from moztrap.core.actions import create_record
from moztrap.core.authority import authorise
from moztrap.library.models import Tag


def create_tag(
    *,
    by: AbstractBaseUser | None,
    name: str,
    description: str = "",
    product: Product | None = None,
) -> Tag:
    """Create a tag of one product, or a global one."""
    authorise(by, "manage_tags")
    return create_record(Tag, by=by, name=name, description=description, product=product)
