"""Give files to case versions, and take them away."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import atomic, create_record, delete_record, record_audit
from moztrap.core.authority import authorise
from moztrap.core.uploads import Upload
from moztrap.library.models import Attachment, CaseVersion

FOLDER = "attachments"


@atomic()
def attach_files(
    caseversion: CaseVersion, *, by: AbstractBaseUser | None, uploads: Iterable[Upload]
) -> list[Attachment]:
    """Attach stored files to a case version."""
    authorise(by, "manage_cases")
    return write_attachments(caseversion, uploads, by=by)


@atomic()
def delete_attachment(attachment: Attachment, *, by: AbstractBaseUser | None) -> int:
    """Take a file off a case version; it can come back, and other versions keep it."""
    authorise(by, "manage_cases")
    record_audit("detach", attachment.caseversion, by=by, details={"name": attachment.name})
    return delete_record(attachment, by=by)


def write_attachments(
    caseversion: CaseVersion, uploads: Iterable[Upload], *, by: AbstractBaseUser | None
) -> list[Attachment]:
    """Write the rows, for actions that have asked whether they may."""
    written = []
    for upload in uploads:
        attachment = create_record(
            Attachment,
            by=by,
            caseversion=caseversion,
            name=upload.name,
            file=upload.path,
            size=upload.size,
            content_type=upload.content_type,
            digest=upload.digest,
        )
        record_audit("attach", caseversion, by=by, details={"name": upload.name})
        written.append(attachment)
    return written


def share_attachments(
    source: CaseVersion, copy: CaseVersion, *, by: AbstractBaseUser | None
) -> None:
    """Give a copy of a case version the files of its source (2 queries)."""
    Attachment.objects.bulk_create(
        Attachment(
            caseversion=copy,
            created_by=each.created_by,
            modified_by=by,
            name=each.name,
            file=each.file.name,
            size=each.size,
            content_type=each.content_type,
            digest=each.digest,
        )
        for each in source.attachments.select_related("created_by")
    )
