"""Endpoints of tags; cases get and lose them in bulk or one by one (`case_bulk`, `cases`)."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.errors import blaming
from moztrap.api.listings import TAGS
from moztrap.api.serializers import library as shown
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
from moztrap.library.actions import create_tag, delete_tag, merge_tags, update_tag
from moztrap.library.models import Tag


class _Tags(Endpoint):
    serializer_class = shown.TagSerializer
    queryset = Tag.objects.order_by("-pk")
    policies: ClassVar = written_with("manage_tags")


class TagList(_Tags, CreateMixin, ListEndpoint):
    """Tags: of one product each, or of all."""

    listing = TAGS
    sorts: ClassVar = NAMED
    bodies: ClassVar = {"POST": shown.TagSent}

    def make(self, by: Any, values: dict[str, Any]) -> Tag:
        """Create a tag of one product, or of all."""
        return create_tag(by=by, **values)


class TagDetail(_Tags, RecordEndpoint):
    """A tag."""

    bodies: ClassVar = {"PATCH": shown.TagChange}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change a tag; it becomes one product's only if no other product's case has it."""
        values = kept(record, values, "name", "description", "product")
        with blaming("product"):
            return update_tag(record, by=by, cc_version=cc_version, **values)

    def remove(self, record: Any, by: Any) -> int:
        """Delete a tag; cases that had it have it again if it comes back."""
        return delete_tag(record, by=by)


class TagMerge(ActionEndpoint, DetailEndpoint):
    """A tag that takes the place of another."""

    serializer_class = shown.TagSerializer
    queryset = Tag.objects.all()
    policies: ClassVar = {"POST": "manage_tags"}
    bodies: ClassVar = {"POST": shown.MergeSent}
    doers: ClassVar = {"POST": "merge"}

    def merge(self, source: Tag, by: Any, target: Tag) -> None:
        """Give another tag to all cases that have this one, and delete this one."""
        with blaming("into"):
            merge_tags(source, target, by=by)

    def post(self, request: Request, pk: int) -> Response:
        """Merge them, and answer with the tag that stays."""
        source = self.record()
        target: Tag = self.sent(request)["into"]
        self.merge(source, request.user, target)
        return self.show(target.pk)
