"""Files that people hand in: taken under names of our own, given out as harmless downloads."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.encoding import force_str

from moztrap.core.actions.errors import ActionError

LONGEST_NAME = 250
# How long a file waits for the form it was chosen in; `prune_uploads` deletes it afterwards.
WAITING_SECONDS = 24 * 60 * 60

_SALT = "moztrap.core.uploads"
_UNKNOWN = "application/octet-stream"
_TEXT = "text/plain; charset=utf-8"
# What a file begins with, after how many bytes, and what it then is. A download is never
# shown as anything else than one of these.
_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
)
ALLOWED_TYPES = frozenset({_TEXT, *(kind for _, _, kind in _SIGNATURES)})
_HEAD = 4096
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


class TooLargeError(ActionError):
    """The file is larger than ATTACHMENT_MEGABYTES."""


@dataclass(frozen=True)
class Upload:
    """A file in the storage, and what is known about it."""

    path: str
    name: str
    size: int
    content_type: str
    digest: str


def size_problem(name: str, size: int) -> str:
    """Say why a file of ``size`` bytes is not taken, or nothing."""
    most = settings.ATTACHMENT_MEGABYTES
    if size <= most * 1024 * 1024:
        return ""
    return (
        f"“{safe_name(name)}” has {size / 1024 / 1024:,.1f} MB; a file may have {most} MB at most."
    )


def take_upload(file: "File[Any]", *, folder: str) -> Upload:
    """Store a file under a random name in ``folder``; raise TooLargeError.

    Reads it in pieces: the memory does not grow with the file.
    """
    name = force_str(file.name or "")
    if problem := size_problem(name, file.size):
        raise TooLargeError(problem)
    digest = hashlib.sha256()
    head = b""
    for piece in file.chunks():
        head = head or bytes(piece[:_HEAD])
        digest.update(piece)
    key = secrets.token_hex(20)
    path = default_storage.save(f"{folder}/{key[:2]}/{key}", file)
    return Upload(path, safe_name(name), file.size, sniff(head), digest.hexdigest())


def safe_name(name: str) -> str:
    """Return a name that is one line of visible characters, whatever was sent.

    Letters of every script stay; folders, control characters and those that turn the
    direction of writing round go. A long name loses its middle and keeps its ending.
    """
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    text = "".join(each for each in text if unicodedata.category(each)[0] != "C")
    text = " ".join(text.split()).strip(" .")
    if len(text) > LONGEST_NAME:
        stem, dot, ending = text.rpartition(".")
        kept = f"{dot}{ending}" if stem and len(ending) <= 20 else ""
        text = text[: LONGEST_NAME - len(kept) - 1] + "…" + kept
    return text or "file"


def sniff(head: bytes) -> str:
    """Return the type that the first bytes of a file show: one of a few, or none in particular."""
    for start, mark, kind in _SIGNATURES:
        if head[start : start + len(mark)] == mark:
            return kind
    if not head or _NOT_IN_TEXT.search(head):
        return _UNKNOWN
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The head may end in the middle of a letter.
        if len(head) < _HEAD or error.start < len(head) - 3:
            return _UNKNOWN
    return _TEXT


def download(path: str, *, name: str, content_type: str) -> FileResponse:
    """Answer with a stored file; raise FileNotFoundError.

    Browsers save it and run nothing of it: the type is one of the allowed ones, and is
    not guessed again.
    """
    file: Any = default_storage.open(path)
    response = FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type=content_type if content_type in ALLOWED_TYPES else _UNKNOWN,
    )
    response.block_size = 64 * 1024
    response["Content-Length"] = str(file.size if hasattr(file, "size") else 0)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


# --- Files that wait for their form ------------------------------------------------------


def waiting_ticket(upload: Upload, *, owner: int) -> str:
    """Return what a form carries so that a stored file need not be chosen again."""
    return signing.dumps([owner, asdict(upload)], salt=_SALT)


def redeem_ticket(ticket: str, *, owner: int) -> Upload | None:
    """Return the stored file of a ticket; nothing if it is another's, too old or made up."""
    try:
        whose, values = signing.loads(ticket, salt=_SALT, max_age=WAITING_SECONDS)
    except signing.BadSignature:
        return None
    upload = Upload(**values)
    return upload if whose == owner and default_storage.exists(upload.path) else None
