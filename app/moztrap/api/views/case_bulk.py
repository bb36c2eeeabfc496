"""Endpoints that change or delete many case versions at once."""

from typing import Any, ClassVar

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.errors import blaming
from moztrap.api.fields import listed
from moztrap.api.serializers import cases as shown
from moztrap.api.serializers.common import DeletedSerializer
from moztrap.api.views.base import ActionEndpoint
from moztrap.core.actions import ConcurrencyError, atomic
from moztrap.library.actions import BulkChange, bulk_delete, bulk_edit
from moztrap.library.actions.bulk_edit import NO_PRIORITY
from moztrap.library.models import CaseVersion


def _chosen(ids: list[int]) -> Any:
    """Return the case versions, in the order of their ids; refuse ids without one."""
    rows = CaseVersion.objects.filter(pk__in=ids).order_by("pk")
    known = set(rows.values_list("pk", flat=True))
    if missing := [pk for pk in ids if pk not in known]:
        said = f"There are no case versions {listed(missing)}."
        raise ValidationError({"caseversions": [said]})
    return rows


class CaseVersionBulk(ActionEndpoint):
    """A change of many case versions."""

    policies: ClassVar = {"POST": ("manage_cases", "manage_suite_cases")}
    bodies: ClassVar = {"POST": shown.CaseVersionsBulk}
    answers: ClassVar = {"POST": (200, shown.BulkReportSerializer)}
    doers: ClassVar = {"POST": "edit"}

    def edit(self, by: Any, values: dict[str, Any]) -> Any:
        """Change status or priority, add and remove tags, add to a suite: all or nothing.

        Adding to a suite needs “manage suite cases”, everything else “manage cases”.
        """
        rows = _chosen(values.pop("caseversions"))
        if "priority" in values and values["priority"] is None:
            values["priority"] = NO_PRIORITY
        change = BulkChange(**values)
        if change.is_empty:
            raise ValidationError({"detail": "Name at least one change."})
        with blaming("add_tags"):
            return bulk_edit(rows, change, by=by)

    def post(self, request: Request) -> Response:
        """Change them, and say how many."""
        return self.answer("POST", self.edit(request.user, self.sent(request)))


class CaseVersionBulkDelete(ActionEndpoint):
    """A deletion of many case versions."""

    policies: ClassVar = {"POST": "manage_cases"}
    bodies: ClassVar = {"POST": shown.CaseVersionsDelete}
    answers: ClassVar = {"POST": (200, DeletedSerializer)}
    doers: ClassVar = {"POST": "bulk_delete"}

    @atomic()
    def bulk_delete(self, by: Any, ids: list[int]) -> dict[str, Any]:
        """Delete case versions, all of them or none; a case that has none left goes too."""
        count = bulk_delete(_chosen(ids), by=by)
        if count != len(ids):
            raise ConcurrencyError("Someone else deleted some of these meanwhile.")
        gone = CaseVersion.everything.only("deleted_on").get(pk=ids[0])
        return {"deleted": count, "deleted_on": gone.deleted_on}

    def post(self, request: Request) -> Response:
        """Delete them, and say when: by that moment they come back."""
        ids = self.sent(request)["caseversions"]
        return self.answer("POST", self.bulk_delete(request.user, ids))
