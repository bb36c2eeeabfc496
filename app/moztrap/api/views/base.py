"""What every endpoint shares: each declares what it takes, what it answers, and who may.

The description of the API (`moztrap.api.schema`) is drawn from the same declarations.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.authentication import TokenAuthentication
from moztrap.api.filters import ListingFilter
from moztrap.api.pagination import Pages
from moztrap.api.parsers import JsonBody
from moztrap.api.permissions import PolicyPermission
from moztrap.api.serializers.common import DeletedSerializer
from moztrap.core.listing import Listing
from moztrap.core.policies import READ

Policies = Mapping[str, str | tuple[str, ...]]
# How records that have a name are sorted.
NAMED: Mapping[str, tuple[str, ...]] = {
    "id": (),
    "name": ("name",),
    "modified_on": ("modified_on",),
}


def written_with(permission: str) -> Policies:
    """Return the policies of a record that one permission creates, changes and deletes."""
    return dict.fromkeys(("POST", "PATCH", "DELETE"), permission)


def kept(record: Any, values: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return what was sent, and for what was left out what the record has."""
    return {name: values[name] if name in values else getattr(record, name) for name in names}


def existing(rows: Any, pk: int) -> Any:
    """Return a record; raise Http404 that names it."""
    record = rows.filter(pk=pk).first()
    if record is None:
        raise Http404(f"There is no {rows.model._meta.verbose_name} {pk}.")
    return record


class Endpoint(GenericAPIView):
    """JSON in and out, for tokens; reading is as open as the pages are."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (PolicyPermission,)
    parser_classes: Any = (JsonBody,)
    renderer_classes: Any = (JSONRenderer,)
    pagination_class: Any = None
    filter_backends: Any = ()
    # What OPTIONS would tell is told by the description of the API.
    metadata_class: Any = None
    # Who may use a method: one of these permissions. Without a word, GET is `READ`.
    policies: ClassVar[Policies] = {}
    # What a method takes, and what it answers if that is not the record itself.
    bodies: ClassVar[Mapping[str, Any]] = {}
    answers: ClassVar[Mapping[str, tuple[int, Any]]] = {}
    # What does the work of a method, if it is not called like the method.
    doers: ClassVar[Mapping[str, str]] = {}
    listing: Listing | None = None
    sorts: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @classmethod
    def as_view(cls, **options: Any) -> Any:
        """Answer without a login: the endpoint itself asks for a token."""
        view = login_not_required(super().as_view(**options))
        methods = [name.upper() for name in cls.http_method_names if hasattr(cls, name)]
        named = dict.fromkeys(each for name in methods for each in cls.policies_of(name))
        view.moztrap_permissions = tuple(named)
        return view

    @classmethod
    def policies_of(cls, method: str) -> tuple[str, ...]:
        """Return the permissions of which one opens a method; nothing for one that is not there."""
        if method in SAFE_METHODS:
            found = cls.policies.get("GET", READ)
        elif method.lower() in cls.http_method_names and hasattr(cls, method.lower()):
            found = cls.policies[method]
        else:
            found = ()
        return (found,) if isinstance(found, str) else found

    @classmethod
    def answer_of(cls, method: str) -> tuple[int, Any]:
        """Return the status and the serializer of what a method answers."""
        if method in cls.answers:
            return cls.answers[method]
        return (200, DeletedSerializer if method == "DELETE" else cls.serializer_class)

    def doer_of(self, method: str) -> Any:
        """Return what says what a method does: a method of the view, or the view itself."""
        name = self.doers.get(method)
        return getattr(self, name) if name else type(self)

    def sent(self, request: Request) -> dict[str, Any]:
        """Return the checked body; raise ValidationError."""
        body = self.bodies[str(request.method)](data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = body.validated_data
        return values

    def show(self, pk: int, status: int = 200) -> Response:
        """Answer with a record as it is now."""
        record = self.get_queryset().get(pk=pk)
        return Response(self.serializer_class(record).data, status=status)

    def answer(self, method: str, values: Any) -> Response:
        """Answer with something else than the record."""
        status, serializer = self.answer_of(method)
        return Response(serializer(values).data, status=status)


class ListEndpoint(ListAPIView, Endpoint):
    """A list of records, newest first."""

    pagination_class: Any = Pages
    filter_backends: Any = (ListingFilter,)
    sorts: ClassVar[Mapping[str, tuple[str, ...]]] = {"id": ()}
    # What the rows belong to, where the address names it.
    owner: ClassVar[Any] = None

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the rows of a page; raise Http404 where what they belong to is not there."""
        page = super().paginate_queryset(queryset)
        if not page and self.owner is not None:
            self.owner_of_rows()
        return page

    def owner_of_rows(self) -> Any:
        """Return what the rows belong to; raise Http404."""
        return existing(self.owner.objects.all(), self.kwargs["pk"])


class CreateMixin(Endpoint):
    """Creates a record."""

    doers: ClassVar[Mapping[str, str]] = {"POST": "make"}

    @classmethod
    def answer_of(cls, method: str) -> tuple[int, Any]:
        """Return 201 for what was created."""
        status, serializer = super().answer_of(method)
        return (201, serializer) if method == "POST" else (status, serializer)

    def make(self, by: Any, values: dict[str, Any]) -> Any:
        """Create it."""
        raise NotImplementedError

    def post(self, request: Request, **place: int) -> Response:
        """Create it, and answer with what became of it."""
        return self.show(self.make(request.user, self.sent(request)).pk, 201)


class DetailEndpoint(RetrieveAPIView, Endpoint):
    """One record."""

    def record(self) -> Any:
        """Return the record of the address for a write; raise Http404."""
        return existing(self.get_queryset().model.objects.all(), self.kwargs["pk"])


class ChangeMixin(DetailEndpoint):
    """Changes a record that nobody else changed since ``cc_version``."""

    doers: ClassVar[Mapping[str, str]] = {"PATCH": "change"}

    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change it; ``values`` are what was sent."""
        raise NotImplementedError

    def patch(self, request: Request, **place: int) -> Response:
        """Change it, and answer with what became of it."""
        record = self.record()
        values = self.sent(request)
        cc_version = values.pop("cc_version", record.cc_version)
        self.change(record, request.user, cc_version, values)
        return self.show(record.pk)


class DeleteMixin(DetailEndpoint):
    """Deletes a record, so that it can come back."""

    def remove(self, record: Any, by: Any) -> int:
        """Delete it; return how many records went with it."""
        raise NotImplementedError

    def delete(self, request: Request, **place: int) -> Response:
        """Delete it, and say when: by that moment it comes back."""
        record = self.record()
        count = self.remove(record, request.user)
        gone = type(record).everything.only("deleted_on").get(pk=record.pk)
        return self.answer("DELETE", {"deleted": count, "deleted_on": gone.deleted_on})


class RecordEndpoint(DeleteMixin, ChangeMixin):
    """One record, which is read, changed and deleted."""

    doers: ClassVar[Mapping[str, str]] = {"PATCH": "change", "DELETE": "remove"}


class ActionEndpoint(Endpoint):
    """Something that is done with a POST."""

    http_method_names = ("post",)
    doers: ClassVar[Mapping[str, str]] = {}
