"""Endpoints of products, environments, cases and suites."""

from typing import Any

from moztrap.accounts.models import User
from moztrap.api.serializers import library as shown
from moztrap.api.views.base import DetailEndpoint, ListEndpoint
from moztrap.catalog.filters import PRODUCTS, VERSIONS
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.listing import Listing, TextFilter
from moztrap.core.policies import LOGGED_IN
from moztrap.environments.filters import CATEGORIES, ELEMENTS, ENVIRONMENTS
from moztrap.environments.models import Category, Element, Environment
from moztrap.library.filters import CASES, TAGS
from moztrap.library.models import Case, CaseVersion, Suite, SuiteCase, Tag


class _Products:
    serializer_class = shown.ProductSerializer
    queryset = Product.objects.order_by("-pk")
    listing = PRODUCTS


class ProductList(_Products, ListEndpoint):
    """Products."""


class ProductDetail(_Products, DetailEndpoint):
    """A product."""


class _ProductVersions:
    serializer_class = shown.ProductVersionSerializer
    queryset = ProductVersion.objects.order_by("-pk").prefetch_related("environments")
    listing = VERSIONS


class ProductVersionList(_ProductVersions, ListEndpoint):
    """Product versions."""


class ProductVersionDetail(_ProductVersions, DetailEndpoint):
    """A product version."""


class CategoryList(ListEndpoint):
    """Categories of environments."""

    serializer_class = shown.CategorySerializer
    queryset = Category.objects.order_by("-pk")
    listing = CATEGORIES


class ElementList(ListEndpoint):
    """Elements of environments."""

    serializer_class = shown.ElementSerializer
    queryset = Element.objects.order_by("-pk")
    listing = ELEMENTS


class _Environments:
    serializer_class = shown.EnvironmentSerializer
    queryset = Environment.objects.order_by("-pk").with_elements()
    listing = ENVIRONMENTS


class EnvironmentList(_Environments, ListEndpoint):
    """Environments."""


class EnvironmentDetail(_Environments, DetailEndpoint):
    """An environment."""


class _Tags:
    serializer_class = shown.TagSerializer
    queryset = Tag.objects.order_by("-pk")
    listing = TAGS


class TagList(_Tags, ListEndpoint):
    """Tags."""


class TagDetail(_Tags, DetailEndpoint):
    """A tag."""


class _Cases:
    serializer_class = shown.CaseSerializer
    queryset = Case.objects.order_by("-pk")


class CaseList(_Cases, ListEndpoint):
    """Cases: what their versions share."""


class CaseDetail(_Cases, DetailEndpoint):
    """A case."""


class _CaseVersions:
    serializer_class = shown.CaseVersionSerializer
    queryset = CaseVersion.objects.order_by("-pk").prefetch_related("steps", "tags", "environments")
    listing = CASES


class CaseVersionList(_CaseVersions, ListEndpoint):
    """What cases say in product versions; every version unless filters narrow them."""


class CaseVersionDetail(_CaseVersions, DetailEndpoint):
    """What a case says in one product version."""


class _Suites:
    serializer_class = shown.SuiteSerializer
    queryset = Suite.objects.order_by("-pk")


class SuiteList(_Suites, ListEndpoint):
    """Suites."""

    listing = Listing(columns=(), filters=(TextFilter("name", "Name"),))


class SuiteDetail(_Suites, DetailEndpoint):
    """A suite."""


class SuiteCaseList(ListEndpoint):
    """The cases of a suite, in order."""

    serializer_class = shown.SuiteCaseSerializer

    def get_queryset(self) -> Any:
        """Return the places of live cases."""
        rows = SuiteCase.objects.live().filter(
            suite=self.kwargs["pk"], suite__deleted_on__isnull=True
        )
        return rows.order_by("order", "pk")


class UserList(ListEndpoint):
    """People, by name."""

    read_policy = LOGGED_IN
    serializer_class = shown.UserSerializer
    queryset = User.objects.order_by("-pk")
    listing = Listing(columns=(), filters=(TextFilter("username", "Username"),))
