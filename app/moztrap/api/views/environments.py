"""Endpoints of categories, elements, environments and profiles."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.errors import blaming
from moztrap.api.listings import CATEGORIES, ELEMENTS, ENVIRONMENTS, PROFILES
from moztrap.api.serializers import environments as shown
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
from moztrap.environments.actions import (
    create_category,
    create_element,
    create_environment,
    create_profile,
    delete_category,
    delete_element,
    delete_environment,
    delete_profile,
    extend_profile,
    prune_profile,
    update_category,
    update_element,
    update_environment,
    update_profile,
)
from moztrap.environments.models import Category, Element, Environment, Profile

_POLICIES = written_with("manage_environments")


class _Categories:
    serializer_class = shown.CategorySerializer
    queryset = Category.objects.order_by("-pk")
    policies = _POLICIES


class CategoryList(_Categories, CreateMixin, ListEndpoint):
    """Categories of elements."""

    listing = CATEGORIES
    sorts: ClassVar = NAMED
    bodies: ClassVar = {"POST": shown.CategorySent}

    def make(self, by: Any, values: dict[str, Any]) -> Category:
        """Create a category without elements."""
        return create_category(by=by, **values)


class CategoryDetail(_Categories, RecordEndpoint):
    """A category of elements."""

    bodies: ClassVar = {"PATCH": shown.CategoryChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Rename a category."""
        return update_category(record, by=by, cc_version=cc_version, **kept(record, values, "name"))

    def remove(self, record: Any, by: Any) -> int:
        """Delete a category that has no elements."""
        return delete_category(record, by=by)


class _Elements:
    serializer_class = shown.ElementSerializer
    queryset = Element.objects.order_by("-pk")
    policies = _POLICIES


class ElementList(_Elements, CreateMixin, ListEndpoint):
    """Elements of environments."""

    listing = ELEMENTS
    sorts: ClassVar = NAMED
    bodies: ClassVar = {"POST": shown.ElementSent}

    def make(self, by: Any, values: dict[str, Any]) -> Element:
        """Create an element of a category."""
        return create_element(by=by, **values)


class ElementDetail(_Elements, RecordEndpoint):
    """An element of environments."""

    bodies: ClassVar = {"PATCH": shown.ElementChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Rename an element, or move it to another category."""
        values = kept(record, values, "category", "name")
        return update_element(record, by=by, cc_version=cc_version, **values)

    def remove(self, record: Any, by: Any) -> int:
        """Delete an element that no environment holds."""
        return delete_element(record, by=by)


class _Environments:
    serializer_class = shown.EnvironmentSerializer
    queryset = Environment.objects.order_by("-pk").with_elements()
    policies = _POLICIES


class EnvironmentList(_Environments, CreateMixin, ListEndpoint):
    """Environments."""

    listing = ENVIRONMENTS
    sorts: ClassVar = NAMED
    bodies: ClassVar = {"POST": shown.EnvironmentSent}

    def make(self, by: Any, values: dict[str, Any]) -> Environment:
        """Create an environment of elements; profiles make many at once."""
        return create_environment(by=by, **values)


class EnvironmentDetail(_Environments, RecordEndpoint):
    """An environment."""

    bodies: ClassVar = {"PATCH": shown.EnvironmentChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change what an environment is made of, wherever it is used."""
        values.setdefault("elements", list(record.elements.all()))
        values = kept(record, values, "name", "elements")
        return update_environment(record, by=by, cc_version=cc_version, **values)

    def remove(self, record: Any, by: Any) -> int:
        """Delete an environment that nothing uses."""
        return delete_environment(record, by=by)


class _Profiles:
    serializer_class = shown.ProfileSerializer
    queryset = Profile.objects.order_by("-pk").prefetch_related("environments")
    policies = _POLICIES


class ProfileList(_Profiles, CreateMixin, ListEndpoint):
    """Profiles: named sets of environments."""

    listing = PROFILES
    sorts: ClassVar = NAMED
    bodies: ClassVar = {"POST": shown.ProfileSent}

    def make(self, by: Any, values: dict[str, Any]) -> Profile:
        """Create a profile of every combination of elements, one of each category."""
        with blaming("elements"):
            return create_profile(by=by, **values)


class ProfileDetail(_Profiles, RecordEndpoint):
    """A profile."""

    bodies: ClassVar = {"PATCH": shown.ProfileChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Rename a profile."""
        return update_profile(record, by=by, cc_version=cc_version, **kept(record, values, "name"))

    def remove(self, record: Any, by: Any) -> int:
        """Delete a profile; its environments stay."""
        return delete_profile(record, by=by)


class _ProfileAction(ActionEndpoint, DetailEndpoint):
    queryset = Profile.objects.all()
    policies: ClassVar = {"POST": "manage_environments"}
    answers: ClassVar = {"POST": (200, CountSerializer)}
    doers: ClassVar = {"POST": "act"}

    def act(self, profile: Profile, by: Any, values: dict[str, Any]) -> int:
        raise NotImplementedError

    def post(self, request: Request, pk: int) -> Response:
        """Do it, and say how many environments it concerned."""
        profile = self.record()
        return self.answer("POST", {"count": self.act(profile, request.user, self.sent(request))})


class ProfileExtend(_ProfileAction):
    """More environments for a profile."""

    bodies: ClassVar = {"POST": shown.ExtendSent}

    def act(self, profile: Profile, by: Any, values: dict[str, Any]) -> int:
        """Add every combination of elements to a profile, or one environment of all of them."""
        with blaming("elements"):
            return extend_profile(profile, by=by, **values)


class ProfilePrune(_ProfileAction):
    """Fewer environments for a profile."""

    bodies: ClassVar = {"POST": shown.PruneSent}

    def act(self, profile: Profile, by: Any, values: dict[str, Any]) -> int:
        """Take environments out of a profile; they stay where they are used."""
        ids = [each.pk for each in values["environments"]]
        return prune_profile(profile, by=by, environments=ids)
