"""Dump a database with the server's own program, and know what the dump holds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ansible.module_utils.moztrap import clients
from ansible.module_utils.moztrap.files import write_atomically

# On tmpfs: what lies there is gone with the power.
RUNTIME = Path("/run/moztrap-backup")
LARGEST_ROW = 1 << 30
MODULUS = 1 << 256

_BEGIN = re.compile(rb"LOCK TABLES `((?:[^`]|``)+)` WRITE;\n")
_END = b"UNLOCK TABLES;\n"
# mysqldump writes the rows of a statement into one line, mariadb-dump each into its own.
_NAME = rb"`(?:[^`]|``)+`"
_INSERT = re.compile(
    rb"INSERT INTO " + _NAME + rb"(?: \(" + _NAME + rb"(?:, ?" + _NAME + rb")*\))? VALUES "
)
# Possessive, so that a row in another form is given up at once.
_ROW = re.compile(rb"\((?:[^'()]++|'(?:[^'\\]++|\\.)*+')*+\)")
_LAST = b"-- Dump completed"
# Each kind of object, by how the line begins that makes one.
_OBJECTS = {
    "triggers": re.compile(rb"/\*!50003 CREATE\*/ "),
    "events": re.compile(rb"/\*!50106 CREATE\*/ "),
    "routines": re.compile(
        rb"CREATE (?:DEFINER=\S+ )?(?:AGGREGATE )?(?:FUNCTION|PROCEDURE|PACKAGE)"
    ),
    "views": re.compile(rb"/\*!50001 VIEW "),
}
_DEFINER = re.compile(
    rb"^(CREATE |/\*!50013 |/\*!50003 CREATE\*/ /\*!50017 |/\*!50106 CREATE\*/ /\*!50117 )"
    rb"DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*` ?"
)


class DumpError(Exception):
    """The dump could not be made or is not whole; the message says what to do."""


@dataclass(frozen=True)
class Table:
    """What a table holds: the number of its rows, and a checksum of their content."""

    rows: int
    checksum: str


@dataclass
class Contents:
    """What a dump holds, gathered line by line as it passes by.

    A table's checksum is the sum of its rows' SHA-256, so that it depends on what the
    rows say and on nothing else: not on their order, the statements that they are in,
    the server's version or its storage.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_OBJECTS, 0))
    complete: bool = False
    _table: str = ""
    _rows: int = 0
    _sum: int = 0

    def feed(self, line: bytes) -> bytes:
        """Take a line in; return it as it belongs in the file, without a definer."""
        if self._table:
            if line.startswith(b"("):
                self._count(line[:-2])
            elif line == _END:
                self.tables[self._table] = Table(self._rows, f"{self._sum % MODULUS:064x}")
                self._table, self._rows, self._sum = "", 0, 0
            elif line.startswith(b"INSERT ") and not line.endswith(b" VALUES\n"):
                self._take_apart(line)
            return line
        begin = _BEGIN.fullmatch(line)
        if begin:
            self._table = begin[1].replace(b"``", b"`").decode()
            return line
        for kind, pattern in _OBJECTS.items():
            if pattern.match(line):
                self.objects[kind] += 1
        self.complete = self.complete or line.startswith(_LAST)
        return _DEFINER.sub(rb"\1", line)

    def _count(self, row: bytes) -> None:
        self._rows += 1
        self._sum += int.from_bytes(hashlib.sha256(row).digest(), "big")

    def _take_apart(self, line: bytes) -> None:
        """Count the rows of a whole statement."""
        head = _INSERT.match(line)
        position = head.end() if head else 0
        while head:
            row = _ROW.match(line, position)
            if not row:
                break
            self._count(row[0])
            position = row.end() + 1
            behind = line[row.end() : position]
            if behind == b";" and line.endswith(b"\n") and position == len(line) - 1:
                return
            if behind != b",":
                break
        raise DumpError(
            f"{clients.dumper()} writes rows in a form that this version does not know, so they "
            f"cannot be counted (table {self._table}). Use the client of MariaDB 10.11 or 11.8, as "
            "Debian 12 and 13 have it, or that of MySQL 9.7."
        )

    def as_dict(self) -> dict[str, Any]:
        """For a manifest."""
        return {
            "tables": {
                name: {"rows": table.rows, "checksum": table.checksum}
                for name, table in sorted(self.tables.items())
            },
            "objects": self.objects,
        }


def tables_of(manifest: dict[str, Any]) -> dict[str, Table]:
    """The tables that a manifest tells of."""
    return {name: Table(**entry) for name, entry in manifest["tables"].items()}


def compare(expected: dict[str, Table], found: dict[str, Table]) -> list[str]:
    """How the content of tables differs from what it should be, a line for each table."""
    lines = []
    for name in sorted({*expected, *found}):
        wanted, present = expected.get(name), found.get(name)
        if wanted is None:
            lines.append(f"{name}: is not in the backup")
        elif present is None:
            lines.append(f"{name}: is missing, with {wanted.rows} rows")
        elif wanted.rows != present.rows:
            lines.append(f"{name}: {present.rows} rows instead of {wanted.rows}")
        elif wanted != present:
            lines.append(f"{name}: {wanted.rows} rows, but their content differs")
    return lines


@contextmanager
def option_file(text: str) -> Iterator[Path]:
    """An option file with an account, on tmpfs, for root alone, for as long as it is needed."""
    RUNTIME.mkdir(mode=0o700, exist_ok=True)
    for left in RUNTIME.iterdir():
        # Of a process that was killed; another one may still need its own.
        if not Path("/proc", left.name).exists():
            shutil.rmtree(left)
    folder = RUNTIME / str(os.getpid())
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "account.cnf"
    try:
        write_atomically(path, text.encode(), mode=0o600)
        yield path
    finally:
        shutil.rmtree(folder)


def program(*access: str) -> list[str]:
    """The program for dumps; `access` says how to log in, which has to come first."""
    command = [clients.dumper(), *access]
    if clients.is_mysqls():
        # Neither what a tablespace is called nor which transactions there were belongs into
        # another server, and to ask for them takes more rights than to read.
        command += ["--no-tablespaces", "--set-gtid-purged=OFF", "--skip-column-statistics"]
    return command


def dump_command(database: str, *access: str, rows_only: bool = False) -> list[str]:
    """The command line of a consistent dump, whole or of nothing but the rows."""
    command = program(*access)
    command += ["--default-character-set=utf8mb4", f"--max-allowed-packet={LARGEST_ROW}"]
    command += ["--single-transaction", "--quick", "--hex-blob", "--skip-dump-date"]
    command += ["--add-locks", "--extended-insert", "--no-autocommit"]
    if rows_only:
        command += ["--no-create-info", "--skip-triggers"]
    else:
        command += ["--routines", "--triggers", "--events"]
    return [*command, database]


def write_dump(command: Sequence[str], target: Path | None) -> Contents:
    """Run a dump, compressed into `target` (nowhere: only look); return what it holds."""
    contents = Contents()
    with tempfile.TemporaryFile() as words:
        dump = _start(command, words, stdout=subprocess.PIPE)
        lines = _pipe(dump.stdout)
        try:
            if target is None:
                for line in lines:
                    contents.feed(line)
            else:
                _compress(lines, contents, target, words)
        finally:
            lines.close()
            code = dump.wait()
        words.seek(0)
        said = words.read().decode(errors="replace").strip()
    if code:
        raise DumpError(f"{command[0]} ended with {code}: {said}")
    if not contents.complete:
        raise DumpError(f"{command[0]} ended before the dump was complete. {said}")
    return contents


def _compress(lines: IO[bytes], contents: Contents, target: Path, words: IO[bytes]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        squeeze = _start(
            ["zstd", "--quiet", "--stdout"], words, stdin=subprocess.PIPE, stdout=output
        )
        try:
            with _pipe(squeeze.stdin) as sink:
                for line in lines:
                    sink.write(contents.feed(line))
        except BrokenPipeError:
            # Its exit code and its words say why.
            pass
        finally:
            code = squeeze.wait()
        os.fsync(output.fileno())
    if code:
        words.seek(0)
        said = words.read().decode(errors="replace").strip()
        raise DumpError(f"The dump could not be written to {target}: {said}")


def load(packed: Path, access: Sequence[str], database: str) -> None:
    """Load a compressed dump into a database that is there and empty."""
    with tempfile.TemporaryFile() as words:
        unpack = _start(
            ["zstd", "--quiet", "--decompress", "--stdout", str(packed)],
            words,
            stdout=subprocess.PIPE,
        )
        client = [clients.client(), *access, "--default-character-set=utf8mb4", "--batch"]
        if clients.is_mysqls():
            # The first line of a dump of MariaDB is a command of its client, and none of this one.
            client += ["--binary-mode"]
        client += [f"--max-allowed-packet={LARGEST_ROW}", database]
        with _pipe(unpack.stdout) as stream:
            loading = _start(client, words, stdin=stream, stdout=subprocess.DEVNULL)
        # In this order: the first one ends when nobody reads any more.
        codes = loading.wait(), unpack.wait()
        words.seek(0)
        said = words.read().decode(errors="replace").strip()
    if any(codes):
        raise DumpError(f"The dump could not be loaded into {database}: {said}")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """A stream of a process that was started with a pipe for it."""
    if stream is None:
        raise TypeError("the process was started without this pipe")
    return stream


def _start(command: Sequence[str], words: IO[bytes], **streams: Any) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, stderr=words, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, **streams
        )
    except FileNotFoundError as error:
        if command[0] != "zstd":
            raise DumpError(clients.MISSING.format(program=command[0])) from error
        raise DumpError(
            f"The program {command[0]} is missing on this host. Run site.yml, which installs it, "
            f"or type there: apt install {command[0]}"
        ) from error
