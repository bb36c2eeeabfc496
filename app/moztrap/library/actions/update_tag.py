"""Change a tag."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import Product
from moztrap.core.actions import ActionError, atomic, update_record
from moztrap.core.authority import authorise
from moztrap.library.models import Tag


@atomic()
def update_tag(
    tag: Tag,
    *,
    by: AbstractBaseUser | None,
    cc_version: int,
    name: str,
    description: str,
    product: Product | None,
) -> Tag:
    """Change a tag; it can become one product's only if no other product's case has it."""
    authorise(by, "manage_tags")
    if product is not None and product.pk != tag.product_id:
        elsewhere = tag.caseversions.exclude(case__product=product).count()
        if elsewhere:
            raise ActionError(
                f"{elsewhere:,} cases of other products have this tag; "
                f"take it off them before you give it to {product}."
            )
    return update_record(
        tag, by=by, cc_version=cc_version, name=name, description=description, product=product
    )
