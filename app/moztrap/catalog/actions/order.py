"""Put the versions of a product in order."""

from django.db.models import Case, IntegerField, Value, When

from moztrap.catalog.models import Product, ProductVersion
from moztrap.catalog.version_order import version_key


def hold_versions(product: Product) -> None:
    """Wait until nobody else changes the versions of a product; before anything is written.

    Two new versions at the same moment would otherwise be numbered alike, and both be
    the latest.
    """
    Product.everything.select_for_update().only("pk").get(pk=product.pk)


def order_versions(product: Product) -> bool:
    """Rewrite ``order`` and ``latest`` where they are wrong; tell whether any was.

    Call `hold_versions` first. Costs one query, and two more if something changed.
    Whoever edits a version at the same time does not notice: these columns are not
    part of what is edited.
    """
    versions = list(ProductVersion.objects.filter(product=product))
    versions.sort(key=lambda each: (version_key(each.version), each.version, each.pk))
    moved = {v.pk: place for place, v in enumerate(versions, start=1) if v.order != place}
    newest = versions[-1].pk if versions else None
    if moved:
        places = [When(pk=pk, then=Value(place)) for pk, place in moved.items()]
        ProductVersion.objects.filter(pk__in=moved).update(
            order=Case(*places, output_field=IntegerField())
        )
    flipped = [v.pk for v in versions if v.latest != (v.pk == newest)]
    if flipped:
        ProductVersion.objects.filter(pk__in=flipped).update(
            latest=Case(When(pk=newest, then=Value(True)), default=Value(False))
        )
    return bool(moved or flipped)
