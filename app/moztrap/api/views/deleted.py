"""Endpoints of what was deleted, and of the way back."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.serializers import deleted as shown
from moztrap.api.views.base import ActionEndpoint, ListEndpoint
from moztrap.core.actions.batches import Part, batch_moments, load_batches
from moztrap.core.policies import DELETERS
from moztrap.library.actions import undelete_batch

_POLICIES = tuple(sorted(set(DELETERS.values())))


def _told(parts: Any) -> list[dict[str, Any]]:
    return [{"kind": part.kind, "count": part.count} for part in parts]


class DeletedList(ListEndpoint):
    """What was deleted together, newest first."""

    serializer_class = shown.BatchSerializer
    filter_backends: Any = ()
    sorts: ClassVar = {}
    policies: ClassVar = {"GET": _POLICIES}

    def get_queryset(self) -> Any:
        """Return the moments."""
        return batch_moments()

    def get(self, request: Request) -> Response:
        """Return a page of batches."""
        page = self.paginate_queryset(self.get_queryset())
        batches = load_batches([row["deleted_on"] for row in page])
        rows = [
            {
                "deleted_on": batch.deleted_on,
                "deleted_by": next((p.deleted_by for p in batch.parts if p.deleted_by), None),
                "records": _told(batch.parts),
            }
            for batch in batches
        ]
        answer: Response = self.get_paginated_response(shown.BatchSerializer(rows, many=True).data)
        return answer


class DeletedRestore(ActionEndpoint):
    """The way back."""

    serializer_class = shown.RestoredSerializer
    policies: ClassVar = {"POST": _POLICIES}
    bodies: ClassVar = {"POST": shown.RestoreSent}
    doers: ClassVar = {"POST": "restore"}

    def restore(self, by: Any, values: dict[str, Any]) -> list[Part]:
        """Bring back everything that was deleted at one moment.

        Whoever may delete each of its kinds of records may bring them back.
        """
        return undelete_batch(values["deleted_on"], by=by)

    def post(self, request: Request) -> Response:
        """Bring it back, and say what that was."""
        parts = self.restore(request.user, self.sent(request))
        return self.answer("POST", {"records": _told(parts)})
