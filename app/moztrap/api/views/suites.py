"""Endpoints of suites and of the cases in them."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.errors import blaming
from moztrap.api.listings import SUITE_CASES, SUITES
from moztrap.api.serializers import library as shown
from moztrap.api.serializers.common import CountSerializer
from moztrap.api.views.base import (
    NAMED,
    ActionEndpoint,
    CreateMixin,
    DetailEndpoint,
    Endpoint,
    ListEndpoint,
    RecordEndpoint,
    kept,
    written_with,
)
from moztrap.library.actions import (
    append_cases,
    arrange_cases,
    clone_suite,
    create_suite,
    delete_suite,
    move_cases,
    remove_cases,
    update_suite,
)
from moztrap.library.models import Suite, SuiteCase


class _Suites(Endpoint):
    serializer_class = shown.SuiteSerializer
    queryset = Suite.objects.order_by("-pk")
    policies: ClassVar = written_with("manage_suites")


class SuiteList(_Suites, CreateMixin, ListEndpoint):
    """Suites: cases of one product, in the order in which they are run."""

    listing = SUITES
    sorts: ClassVar = NAMED
    bodies: ClassVar = {"POST": shown.SuiteSent}

    def make(self, by: Any, values: dict[str, Any]) -> Suite:
        """Create a suite without cases."""
        return create_suite(by=by, **values)


class SuiteDetail(_Suites, RecordEndpoint):
    """A suite."""

    bodies: ClassVar = {"PATCH": shown.SuiteChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change the texts of a suite, or its product while it has no cases."""
        product = values.get("product")
        texts = kept(record, values, "name", "description", "status")
        with blaming("product"):
            return update_suite(record, by=by, cc_version=cc_version, product=product, **texts)

    def remove(self, record: Any, by: Any) -> int:
        """Delete a suite; its cases stay."""
        return delete_suite(record, by=by)


class SuiteClone(ActionEndpoint, DetailEndpoint):
    """A suite like another."""

    serializer_class = shown.SuiteSerializer
    queryset = Suite.objects.all()
    policies: ClassVar = {"POST": "manage_suites"}
    answers: ClassVar = {"POST": (201, shown.SuiteSerializer)}
    doers: ClassVar = {"POST": "clone"}

    def clone(self, suite: Suite, by: Any) -> Suite:
        """Create a draft with the cases of a suite, in the same order."""
        return clone_suite(suite, by=by)

    def post(self, request: Request, pk: int) -> Response:
        """Clone it, and answer with the clone."""
        return self.show(self.clone(self.record(), request.user).pk, 201)


class _Places(Endpoint):
    serializer_class = shown.SuiteCaseSerializer
    policies: ClassVar = dict.fromkeys(("POST", "PUT", "DELETE"), "manage_suite_cases")

    def get_queryset(self) -> Any:
        """Return the places of the live cases of a suite, in order."""
        rows = SuiteCase.objects.live().filter(
            suite=self.kwargs.get("pk"), suite__deleted_on__isnull=True
        )
        return rows.order_by("order", "pk")


class SuiteCaseList(_Places, ListEndpoint):
    """The cases of a suite, in order."""

    owner = Suite
    listing = SUITE_CASES
    sorts: ClassVar = {}
    bodies: ClassVar = {"POST": shown.CasesPlaced, "PUT": shown.CasesPlaced}
    answers: ClassVar = {"POST": (200, CountSerializer), "PUT": (200, CountSerializer)}
    doers: ClassVar = {"POST": "append", "PUT": "arrange"}

    def append(self, suite: Suite, by: Any, cases: list[int]) -> int:
        """Append cases to a suite, in this order; those that are in it already stay in place."""
        with blaming("cases"):
            return append_cases(suite, by=by, cases=cases)

    def arrange(self, suite: Suite, by: Any, cases: list[int]) -> int:
        """Make these the cases of a suite, in this order, and take out all others."""
        with blaming("cases"):
            return arrange_cases(suite, by=by, cases=cases)

    def post(self, request: Request, pk: int) -> Response:
        """Append, and say how many are new."""
        suite: Suite = self.owner_of_rows()
        cases = self.sent(request)["cases"]
        return self.answer("POST", {"count": self.append(suite, request.user, cases)})

    def put(self, request: Request, pk: int) -> Response:
        """Arrange, and say how many places changed."""
        suite: Suite = self.owner_of_rows()
        cases = self.sent(request)["cases"]
        return self.answer("PUT", {"count": self.arrange(suite, request.user, cases)})


class SuiteCaseDetail(_Places, DetailEndpoint):
    """A case of a suite."""

    lookup_field = "case"
    bodies: ClassVar = {"PUT": shown.PositionSent}
    answers: ClassVar = {"DELETE": (200, CountSerializer)}
    doers: ClassVar = {"PUT": "move", "DELETE": "remove"}

    def move(self, place: SuiteCase, by: Any, position: int) -> None:
        """Move a case to another position among the cases of its suite."""
        move_cases(place.suite, by=by, to={place.case_id: position})

    def remove(self, place: SuiteCase, by: Any) -> int:
        """Take a case out of a suite; the case itself stays."""
        return remove_cases(place.suite, by=by, cases=[place.case_id])

    def put(self, request: Request, pk: int, case: int) -> Response:
        """Move it, and answer with its place."""
        place = self.get_object()
        self.move(place, request.user, self.sent(request)["position"])
        return self.show(place.pk)

    def delete(self, request: Request, pk: int, case: int) -> Response:
        """Take it out, and say whether it was still in."""
        return self.answer("DELETE", {"count": self.remove(self.get_object(), request.user)})
