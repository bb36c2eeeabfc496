"""Endpoints of products and their versions."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.errors import blaming
from moztrap.api.listings import PRODUCTS, VERSIONS
from moztrap.api.serializers import catalog as shown
from moztrap.api.serializers.common import CountSerializer
from moztrap.api.views.base import (
    NAMED,
    ActionEndpoint,
    CreateMixin,
    DetailEndpoint,
    ListEndpoint,
    RecordEndpoint,
    kept,
    written_with,
)
from moztrap.catalog.actions import (
    create_product,
    create_version,
    delete_product,
    delete_version,
    update_product,
    update_version,
)
from moztrap.catalog.models import Product, ProductVersion
from moztrap.environments.models import Environment, Profile
from moztrap.library.actions import copy_cases

_POLICIES = written_with("manage_products")


class _Products:
    serializer_class = shown.ProductSerializer
    queryset = Product.objects.order_by("-pk")
    policies = _POLICIES


class ProductList(_Products, CreateMixin, ListEndpoint):
    """Products."""

    listing = PRODUCTS
    sorts: ClassVar = NAMED
    bodies: ClassVar = {"POST": shown.ProductSent}

    def make(self, by: Any, values: dict[str, Any]) -> Product:
        """Create a product; it has no version yet."""
        return create_product(by=by, **values)


class ProductDetail(_Products, RecordEndpoint):
    """A product."""

    bodies: ClassVar = {"PATCH": shown.ProductChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change a product."""
        values = kept(record, values, "name", "description")
        return update_product(record, by=by, cc_version=cc_version, **values)

    def remove(self, record: Any, by: Any) -> int:
        """Delete a product with its versions, cases, suites and tags."""
        return delete_product(record, by=by)


class _ProductVersions:
    serializer_class = shown.ProductVersionSerializer
    queryset = ProductVersion.objects.order_by("-pk").prefetch_related("environments")
    policies = _POLICIES


class ProductVersionList(_ProductVersions, CreateMixin, ListEndpoint):
    """Product versions."""

    listing = VERSIONS
    sorts: ClassVar = {"id": (), "order": ("product", "order"), "modified_on": ("modified_on",)}
    bodies: ClassVar = {"POST": shown.ProductVersionSent}

    def make(self, by: Any, values: dict[str, Any]) -> ProductVersion:
        """Create a version, perhaps with the cases of another one."""
        values["environments"] = _environments(values, [])
        with blaming("copy_from"):
            return create_version(by=by, **values)


class ProductVersionDetail(_ProductVersions, RecordEndpoint):
    """A product version."""

    bodies: ClassVar = {"PATCH": shown.ProductVersionChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change a version, or the environments of all that belongs to it.

        Cases and runs lose environments that it loses; cases that are not narrowed, and
        drafts of runs, get those that it gains. No result is lost.
        """
        values["environments"] = _environments(values, record.environments.all())
        values = kept(record, values, "version", "codename", "environments")
        values["name"] = values.pop("version")
        return update_version(record, by=by, cc_version=cc_version, **values)

    def remove(self, record: Any, by: Any) -> int:
        """Delete a version with what its cases say in it."""
        return delete_version(record, by=by)


def _environments(values: dict[str, Any], otherwise: Any) -> list[Environment]:
    """Return what was named, by hand and through a profile."""
    profile: Profile | None = values.pop("profile", None)
    chosen = list(values.pop("environments", otherwise))
    added = profile.environments.exclude(pk__in=[e.pk for e in chosen]) if profile else ()
    return [*chosen, *added]


class ProductVersionFill(ActionEndpoint, DetailEndpoint):
    """The cases of another version."""

    queryset = ProductVersion.objects.select_related("product")
    policies: ClassVar = {"POST": "manage_products"}
    bodies: ClassVar = {"POST": shown.FillSent}
    answers: ClassVar = {"POST": (200, CountSerializer)}
    doers: ClassVar = {"POST": "fill"}

    def fill(self, version: ProductVersion, by: Any, source: ProductVersion) -> int:
        """Copy the cases that a version lacks from another; what is there is left alone."""
        with blaming("source"):
            return copy_cases(source, version, by=by)

    def post(self, request: Request, pk: int) -> Response:
        """Copy, and say how many."""
        version = self.record()
        count = self.fill(version, request.user, self.sent(request)["source"])
        return self.answer("POST", {"count": count})
