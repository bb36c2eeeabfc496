"""A storage that keeps files in the database, for sites whose web hosts share no folder.

Select it with `MEDIA_STORAGE = "database"`. It answers what `FileSystemStorage` answers,
except for `path` and `url`: nothing but a view may hand out a file. A file is written
whole or not at all, in the transaction of the caller, and is never changed afterwards.
"""

import hashlib
import io
from datetime import datetime
from functools import partial
from typing import IO, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from moztrap.core.models.stored import StoredChunk, StoredFile

# A statement is up to twice as long, far below the 16 MB that MariaDB takes by default.
CHUNK = 256 * 1024
LONGEST_NAME = 255


class DatabaseStorage(Storage):
    """Files in the tables `core_storedfile` and `core_storedchunk`."""

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        if mode != "rb":
            raise ValueError(f"{name} can be opened for reading alone (“rb”), not with “{mode}”.")
        stored = self._stored(name)
        raw: Any = _StoredContent(stored.pk, stored.size, name)
        return File(io.BufferedReader(raw, buffer_size=CHUNK), name=name)

    def _save(self, name: str, content: "File[bytes] | IO[bytes]") -> str:
        if len(name) > LONGEST_NAME:
            raise SuspiciousFileOperation(f"A name has at most {LONGEST_NAME} characters: {name}")
        with transaction.atomic():
            stored = self._create(name)
            self._write(stored, content)
        return stored.name

    def _create(self, name: str) -> StoredFile:
        while True:
            try:
                with transaction.atomic():
                    return StoredFile.objects.create(name=name, name_key=_key(name))
            except IntegrityError:
                # Somebody else took the name since it was found free.
                name = self.get_available_name(name, max_length=LONGEST_NAME)

    @staticmethod
    def _write(stored: StoredFile, content: "File[bytes] | IO[bytes]") -> None:
        digest = hashlib.sha256()
        size = 0
        content.seek(0)
        for number, data in enumerate(iter(partial(content.read, CHUNK), b"")):
            piece = data.encode() if isinstance(data, str) else data
            StoredChunk.objects.create(file=stored, number=number, data=piece)
            digest.update(piece)
            size += len(piece)
        stored.size, stored.digest = size, digest.hexdigest()
        stored.save(update_fields=["size", "digest"])

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is gone already."""
        if not name:
            raise ValueError("The name must be given to delete().")
        with transaction.atomic():
            # In one statement, and without reading what is deleted.
            chunks = StoredChunk.objects.filter(file__name_key=_key(name))
            chunks._raw_delete(chunks.db)
            StoredFile.objects.filter(name_key=_key(name)).delete()

    def exists(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        return StoredFile.objects.filter(name_key=_key(name)).exists()

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and files right below a folder; "" is the root."""
        folder = f"{path.strip('/')}/" if path.strip("/") else ""
        folders: dict[str, None] = {}
        files: list[str] = []
        names = StoredFile.objects.filter(name__startswith=folder).order_by("name")
        for name in names.values_list("name", flat=True).iterator():
            if not name.startswith(folder):
                continue
            first, slash, _ = name.removeprefix(folder).partition("/")
            if slash:
                folders[first] = None
            else:
                files.append(first)
        return list(folders), files

    def size(self, name: str) -> int:
        """Return the length in bytes; raise FileNotFoundError."""
        return self._stored(name).size

    def digest(self, name: str) -> str:
        """Return the SHA-256 of the content, in hexadecimal; raise FileNotFoundError."""
        return self._stored(name).digest

    def get_created_time(self, name: str) -> datetime:
        """Return when the file was written; raise FileNotFoundError."""
        return localtime(self._stored(name).created_on)

    # A file is never changed, and nobody counts its readers.
    get_modified_time = get_created_time

    @staticmethod
    def _stored(name: str) -> StoredFile:
        try:
            return StoredFile.objects.get(name_key=_key(name))
        except StoredFile.DoesNotExist:
            raise FileNotFoundError(f"No file {name} in the database.") from None


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


class _StoredContent(io.RawIOBase):
    """The bytes of one file; holds one chunk at a time."""

    def __init__(self, pk: int, size: int, name: str) -> None:
        super().__init__()
        self._pk, self._size, self._name = pk, size, name
        self._position = 0
        self._number, self._chunk = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"Cannot seek before the start of {self._name}.")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, CHUNK)
        if number != self._number:
            self._chunk = self._read_chunk(number)
            self._number = number
        view = memoryview(buffer)
        piece = self._chunk[start : start + len(view)]
        if not piece:
            raise OSError(f"{self._name} is damaged: chunk {number} of it is too short.")
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _read_chunk(self, number: int) -> bytes:
        rows = StoredChunk.objects.filter(file=self._pk, number=number)
        data = rows.values_list("data", flat=True).first()
        if data is None:
            raise OSError(f"{self._name} is damaged: chunk {number} of it is missing.")
        return bytes(data)
