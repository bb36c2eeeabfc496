"""Files in the database: whole or not at all, and never in memory as a whole."""

import hashlib
import tracemalloc
from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage, storages
from django.db import transaction
from django.test import override_settings

from moztrap.core.database_storage import CHUNK, DatabaseStorage
from moztrap.core.models import StoredChunk, StoredFile
from moztrap.settings import guard

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024
CONTENT = bytes(range(256)) * (CHUNK // 256) * 2 + b"the end"


@pytest.fixture
def storage() -> DatabaseStorage:
    return DatabaseStorage()


class Pattern(BytesIO):
    """A long file that takes no memory."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self.position = size, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = offset
        return offset

    def read(self, count: int | None = -1) -> bytes:
        assert count is not None
        assert count > 0, "read as a whole"
        count = min(count, self.size - self.position)
        self.position += count
        return b"x" * count


def test_what_was_written_is_read(storage: DatabaseStorage) -> None:
    name = storage.save("a/b.bin", ContentFile(CONTENT))
    assert name == "a/b.bin"
    assert storage.exists(name)
    assert storage.size(name) == len(CONTENT)
    assert storage.digest(name) == hashlib.sha256(CONTENT).hexdigest()
    with storage.open(name) as file:
        assert file.read() == CONTENT
    assert StoredChunk.objects.count() == 3


def test_it_can_be_read_from_anywhere(storage: DatabaseStorage) -> None:
    with storage.open(storage.save("a", ContentFile(CONTENT))) as file:
        for start in (0, 1, CHUNK - 1, CHUNK, 2 * CHUNK, len(CONTENT)):
            file.seek(start)
            assert file.read(5) == CONTENT[start : start + 5]
        file.seek(-3, 2)
        assert (file.read(), file.tell()) == (b"end", len(CONTENT))
        with pytest.raises(ValueError, match="before the start"):
            file.seek(-1)


def test_an_empty_file_is_a_file(storage: DatabaseStorage) -> None:
    name = storage.save("empty", ContentFile(b""))
    assert storage.size(name) == 0
    assert storage.open(name).read() == b""


def test_a_taken_name_gives_another(storage: DatabaseStorage) -> None:
    first = storage.save("note.txt", ContentFile(b"1"))
    second = storage.save("note.txt", ContentFile(b"2"))
    assert first != second
    assert second.endswith(".txt")
    assert [storage.open(name).read() for name in (first, second)] == [b"1", b"2"]


def test_names_that_collations_take_for_one_are_two(storage: DatabaseStorage) -> None:
    names = ["note", "Note", "nóte", "note "]
    assert [storage.save(name, ContentFile(name.encode())) for name in names] == names
    assert [storage.open(name).read().decode() for name in names] == names


def test_deleting_is_final_and_may_be_repeated(storage: DatabaseStorage) -> None:
    kept = storage.save("kept", ContentFile(b"k"))
    name = storage.save("gone", ContentFile(CONTENT))
    for _ in range(2):
        storage.delete(name)
    assert not storage.exists(name)
    assert StoredChunk.objects.count() == 1
    assert storage.exists(kept)
    for ask in (storage.size, storage.digest, storage.open, storage.get_created_time):
        with pytest.raises(FileNotFoundError, match="No file gone"):
            ask(name)


def test_folders_are_listed(storage: DatabaseStorage) -> None:
    for name in ("x.txt", "a/y.txt", "a/b/z.txt", "ab/w.txt"):
        storage.save(name, ContentFile(b""))
    assert storage.listdir("") == (["a", "ab"], ["x.txt"])
    assert storage.listdir("a/") == (["b"], ["y.txt"])
    assert storage.listdir("none") == ([], [])


def test_names_cannot_leave_their_folder(storage: DatabaseStorage) -> None:
    for name in ("../a", "/etc/passwd", "a/../../b"):
        with pytest.raises(Exception, match=r"Detected path traversal|Could not derive"):
            storage.save(name, ContentFile(b""))


def test_it_is_read_only_once_it_is_written(storage: DatabaseStorage) -> None:
    name = storage.save("a", ContentFile(b"1"))
    for mode in ("wb", "ab", "r+b", "r"):
        with pytest.raises(ValueError, match="for reading alone"):
            storage.open(name, mode)


def test_what_breaks_off_leaves_nothing(storage: DatabaseStorage) -> None:
    class Broken(Pattern):
        def read(self, count: int | None = -1) -> bytes:
            if self.position > 2 * CHUNK:
                raise ConnectionError("The sender went away.")
            return super().read(count)

    with pytest.raises(ConnectionError):
        storage.save("a", File(Broken(10 * CHUNK)))
    assert not StoredFile.objects.exists()
    assert not StoredChunk.objects.exists()


def test_it_goes_with_the_transaction_of_the_caller(storage: DatabaseStorage) -> None:
    with transaction.atomic():
        storage.save("a", ContentFile(b"1"))
        transaction.set_rollback(True)
    assert not storage.exists("a")


def test_damage_is_told(storage: DatabaseStorage) -> None:
    name = storage.save("a", ContentFile(CONTENT))
    StoredChunk.objects.filter(number=2).delete()
    with pytest.raises(OSError, match="chunk 2 of it is missing"):
        storage.open(name).read()
    StoredChunk.objects.filter(number=1).update(data=b"short")
    with pytest.raises(OSError, match="chunk 1 of it is too short"):
        storage.open(name).read()


def test_twenty_megabytes_take_the_memory_of_a_few_chunks(storage: DatabaseStorage) -> None:
    size = 20 * MEGABYTE
    storage.save("warm", ContentFile(b"up"))
    tracemalloc.start()
    name = storage.save("a", File(Pattern(size)))
    with storage.open(name) as file:
        read = sum(len(piece) for piece in iter(lambda: file.read(64 * 1024), b""))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == size
    assert peak < 4 * MEGABYTE


def test_no_address_leads_to_a_file(storage: DatabaseStorage) -> None:
    for ask in (storage.url, storage.path):
        with pytest.raises(NotImplementedError):
            ask("a")


def test_the_setting_chooses(tmp_path) -> None:
    for chosen, expected in guard.MEDIA_BACKENDS.items():
        with override_settings(
            STORAGES={"default": {"BACKEND": guard.media_backend(chosen)}}, MEDIA_ROOT=tmp_path
        ):
            kind = type(storages["default"])
            assert f"{kind.__module__}.{kind.__name__}".endswith(expected.rpartition(".")[2])
            name = default_storage.save("a.txt", ContentFile(b"1"))
            assert default_storage.open(name).read() == b"1"
    with pytest.raises(ImproperlyConfigured, match=r"MEDIA_STORAGE = 's3' .* means nothing"):
        guard.media_backend("s3")
