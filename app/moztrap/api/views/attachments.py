"""Endpoints of the files of case versions."""

from typing import Any, ClassVar

from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.serializers import cases as shown
from moztrap.api.views.base import DeleteMixin, DetailEndpoint, ListEndpoint
from moztrap.core.policies import LOGGED_IN
from moztrap.core.uploads import download, size_problem, take_upload
from moztrap.library.actions import attach_files, delete_attachment
from moztrap.library.actions.write_attachments import FOLDER
from moztrap.library.models import Attachment, CaseVersion

# As many as the form of a case takes.
_MOST = 20


class AttachmentList(ListEndpoint):
    """The files of a case version."""

    owner = CaseVersion
    serializer_class = shown.AttachmentSerializer
    parser_classes = (MultiPartParser,)
    sorts: ClassVar = {"id": (), "name": ("name",)}
    policies: ClassVar = {"POST": "manage_cases"}
    bodies: ClassVar = {"POST": shown.FilesSent}
    answers: ClassVar = {"POST": (201, shown.AttachmentSerializer(many=True))}
    doers: ClassVar = {"POST": "attach"}

    def get_queryset(self) -> Any:
        """Return the files of one case version."""
        rows = Attachment.objects.servable().filter(caseversion=self.kwargs.get("pk"))
        return rows.order_by("-pk")

    def attach(self, caseversion: CaseVersion, by: Any, files: list[Any]) -> list[Attachment]:
        """Attach up to 20 files to a case version, all of them or none."""
        uploads = [take_upload(file, folder=FOLDER) for file in files]
        return attach_files(caseversion, by=by, uploads=uploads)

    def post(self, request: Request, pk: int) -> Response:
        """Attach them, and answer with what they are now."""
        caseversion: CaseVersion = self.owner_of_rows()
        written = self.attach(caseversion, request.user, _files(request))
        return Response(shown.AttachmentSerializer(written, many=True).data, status=201)


def _files(request: Request) -> list[Any]:
    """Return the files that were sent; refuse any that could not be kept."""
    unknown = [name for name in request.data if name != "file"]
    if unknown:
        said = "There is no such field; each file is a part “file”."
        raise ValidationError({str(name)[:100]: [said] for name in unknown[:10]})
    files = request.FILES.getlist("file")
    if not files:
        raise ValidationError({"file": ["Send at least one file, as multipart/form-data."]})
    if len(files) > _MOST:
        raise ValidationError({"file": [f"Send at most {_MOST} files at once."]})
    if problems := [problem for file in files if (problem := _problem(file))]:
        raise ValidationError({"file": problems})
    return list(files)


def _problem(file: Any) -> str:
    return size_problem(file.name, file.size) if file.size else f"“{file.name}” is empty."


class AttachmentDetail(DeleteMixin):
    """A file of a case version; its content is at its ``url``."""

    serializer_class = shown.AttachmentSerializer
    policies: ClassVar = {"DELETE": "manage_cases"}
    doers: ClassVar = {"DELETE": "remove"}
    queryset = Attachment.objects.servable()

    def remove(self, record: Any, by: Any) -> int:
        """Take a file off a case version; other versions keep it."""
        return delete_attachment(record, by=by)


class AttachmentContent(DetailEndpoint):
    """The content of a file: a download, for whoever has a token, and nothing that runs."""

    queryset = Attachment.objects.servable()
    policies: ClassVar = {"GET": LOGGED_IN}
    answers: ClassVar = {"GET": (200, bytes)}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Send the file whatever kind of file the program says that it accepts."""
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request, pk: int) -> Any:
        """Send the file."""
        attachment: Attachment = self.get_object()
        try:
            return download(
                str(attachment.file.name),
                name=attachment.name,
                content_type=attachment.content_type,
            )
        except FileNotFoundError as error:
            raise Http404("The file is not in the storage any more.") from error
