"""Run our own program on a host while it asks the controller for bytes, over its own SSH.

Ansible's own way puts files through SFTP on the shared, compressed connection, for a module
to read back from the host's disk, and has the host compile all of Ansible's module code
first. One uncompressed connection into a program of a few files, which writes the stream
straight into place, was measured (`make bench-assets`: 10,000 files, 200 MB, four servers)
to take no longer than rsync does. How a host is reached is still Ansible's
to say: its command line of ssh is used, with become; where that is not possible, the module
of the same name does the same work through Ansible's own transfers.
"""

from __future__ import annotations

import ast
import json
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.module_utils.moztrap.exchange import QUESTION

PACKAGE = "ansible.module_utils.moztrap"
# A line that begins so is what the program returns.
RESULT = "MOZTRAP-RESULT "
Answer = Callable[[str, list[int]], tuple[bytes, Iterable[Path]]]

# Nobody is there to answer a question; assets are compressed already, mostly; and a connection
# that others share is one that others slow down.
_OWN_CONNECTION = (
    b"-o", b"BatchMode=yes", b"-o", b"Compression=no",
    b"-o", b"ControlMaster=no", b"-o", b"ControlPath=none",
    b"-o", b"ServerAliveInterval=15", b"-o", b"ServerAliveCountMax=4",
)  # fmt: skip
_SSH_FAILED = 255
_CHUNK = 1 << 20

# Exactly the program is read from standard input: what follows it is for the program.
_BOOTSTRAP = """\
import os
n={size}
b=b''
while len(b)<n:
 c=os.read(0,n-len(b))
 if not c: raise SystemExit('the connection ended early')
 b+=c
exec(compile(b,'moztrap','exec'))
"""
_PROGRAM = """\
import importlib.abc, importlib.util, json, sys
SOURCES = {sources!r}
class Shipped(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name in SOURCES:
            package = SOURCES[name] is None
            return importlib.util.spec_from_loader(name, self, is_package=package)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        source = SOURCES[module.__name__]
        if source is not None:
            exec(compile(source, module.__name__, 'exec'), module.__dict__)
sys.meta_path.insert(0, Shipped())
from {package}.{entry} import run
result = run(json.loads({options!r}), check_mode={check_mode!r})
print({mark!r} + json.dumps(result))
"""


class NoConnectionError(Exception):
    """A connection of its own cannot be had; perhaps Ansible's shared one still works."""


def is_possible(action: Any) -> bool:
    """Can a second connection be made without a question, as the same user?"""
    connection = action._connection
    if connection.transport not in {"ssh", "ansible.builtin.ssh"}:
        return False
    if connection.get_option("password") or action._play_context.password:
        return False
    become = connection.become
    return become is None or (
        become.name in {"sudo", "ansible.builtin.sudo"} and not become.get_option("become_pass")
    )


def program(entry: str, options: Mapping[str, Any], *, check_mode: bool) -> bytes:
    """The source of everything that `entry` imports of ours, and a call of its `run`."""
    folder = Path(__file__).parent
    sources: dict[str, str | None] = {
        "ansible": None, "ansible.module_utils": None, PACKAGE: None,
    }  # fmt: skip
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if f"{PACKAGE}.{name}" in sources:
            continue
        source = (folder / f"{name}.py").read_text()
        sources[f"{PACKAGE}.{name}"] = source
        waiting += _imported(source)
    text = _PROGRAM.format(
        sources=sources,
        package=PACKAGE,
        entry=entry,
        options=json.dumps(dict(options)),
        check_mode=check_mode,
        mark=RESULT,
    )
    return text.encode()


def _imported(source: str) -> Iterator[str]:
    """The modules of ours that a source imports, at its top or when it needs them."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module == PACKAGE:
            yield from (alias.name for alias in node.names)
        elif node.module.startswith(f"{PACKAGE}."):
            yield node.module.removeprefix(f"{PACKAGE}.")


def bootstrap(text: bytes) -> str:
    """What Python is told to do on its command line: read exactly the program, and run it."""
    return _BOOTSTRAP.format(size=len(text))


def run(
    action: Any, entry: str, options: Mapping[str, Any], interpreter: str, answer: Answer
) -> dict[str, Any]:
    """Run a program that asks; `answer` gives, for a question, a head and the files after it.

    Returns what the program returned. Raises NoConnectionError where nothing was done yet,
    AnsibleConnectionFailure where the connection broke, and whatever `answer` raises: the
    program then finds its input ended and undoes what it had begun.
    """
    text = program(entry, options, check_mode=bool(action._task.check_mode))
    command = _command(action, f"{interpreter} -I -c {shlex.quote(bootstrap(text))}")
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        ) as ssh,
    ):
        asked, answers = cast(IO[bytes], ssh.stdout), cast(IO[bytes], ssh.stdin)
        try:
            said = converse(asked, answers, text, answer)
        except BaseException:
            ssh.kill()
            raise
        finally:
            # What was left unsent goes nowhere, and is told by what the program printed.
            with suppress(OSError):
                answers.close()
        code = ssh.wait()
        errors.seek(0)
        complaint = errors.read().decode(errors="replace").strip()
    for line in said:
        if line.startswith(RESULT):
            result: dict[str, Any] = json.loads(line.removeprefix(RESULT))
            return result
    if code == _SSH_FAILED and not said:
        raise NoConnectionError(complaint)
    if code == _SSH_FAILED:
        raise AnsibleConnectionFailure(f"The connection to the host was lost: {complaint}")
    words = "\n".join([*said, complaint]).strip()
    raise AnsibleActionFail(f"The program on the host ended with code {code}: {words}")


def _command(action: Any, command: str) -> list[bytes]:
    """The command line of ssh, with all that Ansible knows of reaching the host."""
    connection = action._connection
    command = f"{action._compute_environment_string()} {command}".strip()
    if connection.become is not None and _becomes_another(action):
        command = connection.become.build_become_command(command, connection._shell)
    host = connection.get_option("host") or action._play_context.remote_addr
    words = connection._build_command(
        connection.get_option("ssh_executable"), "ssh", host, f"/bin/sh -c {shlex.quote(command)}"
    )
    return [words[0], *_OWN_CONNECTION, *(word for word in words[1:] if word != b"-C")]


def _becomes_another(action: Any) -> bool:
    login = action._get_remote_user()
    other = action.get_become_option("become_user") or "root"
    return bool(login != other)


def converse(asked: IO[bytes], answers: IO[bytes], text: bytes, answer: Answer) -> list[str]:
    """Send the program, answer its questions, and return the other lines that it printed."""
    rest: list[str] = []
    try:
        answers.write(text)
        answers.flush()
        for raw in asked:
            line = raw.decode(errors="replace").rstrip("\n")
            if not line.startswith(QUESTION):
                rest.append(line)
                continue
            question = json.loads(line.removeprefix(QUESTION))
            head, files = answer(question["what"], question["numbers"])
            answers.write(head)
            for path in files:
                _copy(path, answers)
            answers.flush()
    except BrokenPipeError:
        # It ended before it had read everything; what it printed says why.
        rest += [raw.decode(errors="replace").rstrip("\n") for raw in asked]
    return rest


def _copy(path: Path, target: IO[bytes]) -> None:
    with path.open("rb", buffering=0) as source:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
