"""Files of cases: taken, listed, given out as nothing but downloads."""

import gc
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moztrap.accounts.models import User
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import delete_record, undelete_record
from moztrap.core.models import StoredFile
from moztrap.core.uploads import ALLOWED_TYPES, TooLargeError, safe_name, sniff, take_upload
from moztrap.library.actions import (
    attach_files,
    delete_attachment,
    delete_caseversion,
    extend_case,
)
from moztrap.library.models import Attachment, CaseVersion
from moztrap.library.tests.test_case_pages import page_of, posted

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def upload(name: str, content: bytes = b"Some text.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


@pytest.fixture
def attachment(caseversion: CaseVersion) -> Attachment:
    taken = take_upload(ContentFile(PNG, name="bell.png"), folder="attachments")
    (attachment,) = attach_files(caseversion, by=None, uploads=[taken])
    return attachment


def address(attachment: Attachment) -> str:
    return reverse("library:attachment", args=[attachment.pk])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\scan.pdf", "scan.pdf"),
        ("Prüfbericht 検査.pdf", "Prüfbericht 検査.pdf"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  two   words .txt ", "two words .txt"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".png", "x" * 245 + "….png"),
    ],
)
def test_names_are_made_one_visible_line(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04....", "application/zip"),
        ("Grüße\n".encode(), "text/plain; charset=utf-8"),
        (b"<svg xmlns='x'><script>1</script></svg>", "text/plain; charset=utf-8"),
        (("é" * 4000).encode()[:4096], "text/plain; charset=utf-8"),
        (("x" + "é" * 4000).encode()[:4096], "text/plain; charset=utf-8"),
        (b"\xff\xfe\x00\x00", "application/octet-stream"),
        (b"MZ\x90\x00", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_types_are_told_by_the_content(head: bytes, kind: str) -> None:
    assert sniff(head) == kind
    assert kind in ALLOWED_TYPES or kind == "application/octet-stream"


def test_a_file_is_a_download_and_nothing_else(
    browse: Browse, tester: User, attachment: Attachment
) -> None:
    answer = browse(tester).get(address(attachment))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="bell.png"'
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == str(len(PNG))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-cache" in answer["Cache-Control"]
    assert browse(tester).post(address(attachment)).status_code == 405


def test_a_type_that_is_not_allowed_is_no_type(
    browse: Browse, tester: User, attachment: Attachment
) -> None:
    Attachment.objects.update(content_type="text/html", name="Prüfung “1”\\;.html")
    answer = browse(tester).get(address(attachment))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''Pr%C3%BCfung%20%E2%80%9C1%E2%80%9D%5C%3B.html"
    )


def test_stored_names_tell_nothing(attachment: Attachment) -> None:
    assert "bell" not in str(attachment.file.name)
    assert len(str(attachment.file.name).rpartition("/")[2]) == 40


def test_anonymous_readers_see_that_there_is_a_file_and_do_not_get_it(
    browse: Browse, attachment: Attachment, settings: Any
) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    page = browse(None).get(page_of("case_in_version", attachment.caseversion)).content.decode()
    assert "bell.png" in page
    assert address(attachment) not in page
    answer = browse(None).get(address(attachment))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_what_is_deleted_is_not_given_out(
    browse: Browse, tester: User, attachment: Attachment, caseversion: CaseVersion
) -> None:
    client = browse(tester)
    delete_attachment(attachment, by=None)
    assert client.get(address(attachment)).status_code == 404
    undelete_record(attachment, by=None)
    assert client.get(address(attachment)).status_code == 200
    delete_record(caseversion.case.product, by=None)
    assert client.get(address(attachment)).status_code == 404
    undelete_record(caseversion.case.product, by=None)
    assert client.get(address(attachment)).status_code == 200
    default_storage.delete(str(attachment.file.name))
    assert client.get(address(attachment)).status_code == 404


def test_versions_share_a_file_and_lose_it_one_by_one(
    browse: Browse,
    tester: User,
    manager: User,
    attachment: Attachment,
    versions: list[ProductVersion],
) -> None:
    copy = extend_case(attachment.caseversion, by=manager, productversion=versions[1])
    (shared,) = copy.attachments.all()
    assert (shared.file.name, shared.name) == (attachment.file.name, "bell.png")
    assert StoredFile.objects.count() == 1
    delete_caseversion(attachment.caseversion, by=manager)
    client = browse(tester)
    assert client.get(address(attachment)).status_code == 404
    assert client.get(address(shared)).status_code == 200


def test_files_are_attached_and_taken_away_in_the_form(
    browse: Browse, manager: User, creator: User, versions: list[ProductVersion]
) -> None:
    data = posted((1, "Press.", ""), productversion=versions[0].pk, tags="")
    files = [upload("one.txt"), upload("two.png", PNG)]
    browse(creator).post(reverse("library:case_create"), data | {"new_files": files})
    caseversion = CaseVersion.objects.get()
    names = {a.name: (a.content_type, a.created_by) for a in caseversion.attachments.all()}
    assert names == {
        "one.txt": ("text/plain; charset=utf-8", creator),
        "two.png": ("image/png", creator),
    }
    client = browse(manager)
    url = page_of("case_edit", caseversion)
    assert "one.txt (10" in client.get(url).content.decode()
    one = caseversion.attachments.get(name="one.txt")
    data = posted((1, "Press.", ""), cc_version="0", tags="", removed_attachments=one.pk)
    client.post(url, data | {"new_files": upload("three.txt")})
    assert [a.name for a in Attachment.objects.order_by("name")] == ["three.txt", "two.png"]
    page = client.get(page_of("case_in_version", caseversion)).content.decode()
    assert "manager removed the attachment “one.txt”" in page
    assert "creator attached “two.png”" in page


def test_a_form_that_comes_back_keeps_its_files(
    browse: Browse, creator: User, tester: User, versions: list[ProductVersion]
) -> None:
    client = browse(creator)
    url = reverse("library:case_create")
    data = posted((1, "Press.", ""), productversion=versions[0].pk, tags="")
    wrong = client.post(url, data | {"name": "", "new_files": upload("one.txt")})
    assert wrong.status_code == 422
    ((first, kept),) = wrong.context["form"].uploads.waiting
    assert kept.name == "one.txt"
    assert f'value="{first}" checked' in wrong.content.decode()
    more = client.post(
        url, data | {"waiting_files": first, "new_files": upload("two.txt"), "add_steps": "1"}
    )
    tickets = [ticket for ticket, _ in more.context["form"].uploads.waiting]
    assert client.post(url, data | {"waiting_files": tickets}).status_code == 302
    names = Attachment.objects.order_by("name").values_list("name", flat=True)
    assert list(names) == ["one.txt", "two.txt"]


def test_a_conflict_tells_of_files_and_loses_none(
    browse: Browse, manager: User, admin: User, caseversion: CaseVersion
) -> None:
    for name in ("kept.txt", "old.txt", "odd.txt"):
        taken = take_upload(ContentFile(b"Words.", name=name), folder="attachments")
        attach_files(caseversion, by=None, uploads=[taken])
    ids = {each.name: each.pk for each in caseversion.attachments.all()}
    url = page_of("case_edit", caseversion)
    before = browse(manager).get(url).context["form"]["attachments_before"].value()
    assert set(before.split(",")) == set(map(str, ids.values()))
    seen: dict[str, Any] = {
        "cc_version": "0",
        "attachments_before": before,
        "tags": "",
    }
    # Somebody else takes two away and attaches one.
    theirs = posted((1, "Press.", ""), **seen, removed_attachments=[ids["old.txt"], ids["odd.txt"]])
    browse(admin).post(url, theirs | {"new_files": upload("theirs.txt")})
    client = browse(manager)
    # Meanwhile: one of the same two, one more, and a file of one's own.
    mine = posted((1, "Press.", ""), **seen, removed_attachments=[ids["old.txt"], ids["kept.txt"]])
    answer = client.post(url, mine | {"new_files": upload("mine.txt")})
    form = answer.context["form"]
    assert answer.status_code == 422
    shown = {each.label: each.value for each in form.theirs}
    assert shown["Attachments"] == ("added: theirs.txt\ntaken away: old.txt\ntaken away: odd.txt")
    page = answer.content.decode()
    # What was ticked stays ticked, what was chosen stays chosen.
    assert f'value="{ids["kept.txt"]}" id="id_removed_attachments_0" checked' in page
    ((ticket, kept),) = form.uploads.waiting
    assert kept.name == "mine.txt"
    again = mine | {
        "cc_version": form["cc_version"].value(),
        "attachments_before": form["attachments_before"].value(),
        "waiting_files": ticket,
    }
    assert client.post(url, again).status_code == 302
    names = Attachment.objects.order_by("name").values_list("name", flat=True)
    assert list(names) == ["mine.txt", "theirs.txt"]


def test_a_second_conflict_tells_what_is_new_since_the_first(
    browse: Browse, manager: User, admin: User, caseversion: CaseVersion
) -> None:
    url = page_of("case_edit", caseversion)

    def save(client: Client, version: int, name: str, before: str) -> Any:
        data = posted((1, "Press.", ""), cc_version=str(version), tags="")
        files = {"new_files": upload(name)} if name else {}
        return client.post(url, data | {"attachments_before": before} | files)

    save(browse(admin), 0, "first.txt", "")
    form = save(browse(manager), 0, "", "").context["form"]
    assert [each.value for each in form.theirs if each.label == "Attachments"] == [
        "added: first.txt"
    ]
    before = form["attachments_before"].value()
    save(browse(admin), 1, "second.txt", before)
    form = save(browse(manager), 1, "", before).context["form"]
    assert [each.value for each in form.theirs if each.label == "Attachments"] == [
        "added: second.txt"
    ]


def test_a_ticket_is_its_owner_s(
    browse: Browse, creator: User, manager: User, versions: list[ProductVersion]
) -> None:
    url = reverse("library:case_create")
    data = posted((1, "Press.", ""), productversion=versions[0].pk, tags="")
    wrong = browse(creator).post(url, data | {"name": "", "new_files": upload("one.txt")})
    ((ticket, _),) = wrong.context["form"].uploads.waiting
    for client, sent in ((browse(manager), ticket), (browse(creator), ticket[:-2])):
        answer = client.post(url, data | {"waiting_files": sent})
        assert answer.status_code == 422
        assert "please choose it again" in answer.content.decode()
    assert not Attachment.objects.exists()


def test_too_large_and_empty_files_are_named(
    browse: Browse, creator: User, versions: list[ProductVersion], settings: Any
) -> None:
    settings.ATTACHMENT_MEGABYTES = 1
    data = posted((1, "Press.", ""), productversion=versions[0].pk, tags="")
    files = [upload("movie.mp4", b"x" * 1_500_000), upload("nothing.txt", b""), upload("ok.txt")]
    answer = browse(creator).post(reverse("library:case_create"), data | {"new_files": files})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“movie.mp4” has 1.4 MB; a file may have 1 MB at most." in page
    assert "“nothing.txt” is empty." in page
    # What was right need not be chosen again.
    assert [kept.name for _, kept in answer.context["form"].uploads.waiting] == ["ok.txt"]
    with pytest.raises(TooLargeError, match="1 MB at most"):
        take_upload(ContentFile(b"x" * 1_500_000, name="movie.mp4"), folder="attachments")


def test_people_need_the_permission(creator: User, caseversion: CaseVersion) -> None:
    taken = take_upload(ContentFile(PNG, name="bell.png"), folder="attachments")
    with pytest.raises(PermissionDenied):
        attach_files(caseversion, by=creator, uploads=[taken])


def test_a_large_file_takes_no_memory_on_its_way_out(
    browse: Browse, tester: User, caseversion: CaseVersion
) -> None:
    size = 20 * 1024 * 1024
    taken = take_upload(ContentFile(b"x" * size, name="long.bin"), folder="attachments")
    (attachment,) = attach_files(caseversion, by=None, uploads=[taken])
    client = browse(tester)
    # What is loaded once and for all.
    client.get(reverse("library:case", args=[caseversion.case_id]))
    gc.collect()
    tracemalloc.start()
    answer: Any = client.get(address(attachment))
    sent = sum(len(piece) for piece in answer.streaming_content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == size
    assert peak < 6 * 1024 * 1024


def test_files_that_nothing_names_are_pruned(attachment: Attachment, capsys: Any) -> None:
    orphan = default_storage.save("attachments/ab/abc", ContentFile(b"1"))
    young = default_storage.save("attachments/ab/abd", ContentFile(b"1"))
    StoredFile.objects.exclude(name=young).update(created_on=timezone.now() - timedelta(days=2))
    delete_attachment(attachment, by=None)
    call_command("prune_uploads", dry_run=True)
    assert default_storage.exists(orphan)
    call_command("prune_uploads")
    assert capsys.readouterr().out == "1 file would be deleted.\n1 file deleted.\n"
    assert not default_storage.exists(orphan)
    # It could come back with its record.
    assert default_storage.exists(str(attachment.file.name))
    assert default_storage.exists(young)
