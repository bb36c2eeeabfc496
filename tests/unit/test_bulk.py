"""The program that is sent to a server, and its conversation with the controller."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, cast

import pytest

from tests.helpers.asset_release import Controller, make_certificate

from ansible.module_utils.moztrap import bulk, exchange, store  # isort: skip
from ansible.module_utils.moztrap.pool import PoolError  # isort: skip

FILES = {"css/a.css": b"a { color: red }", "large.bin": bytes(3_000_000), "empty.txt": b""}
# Debian's own, which has none of our packages: what servers have.
PYTHON = "/usr/bin/python3"


class Conversation:
    """A server's process on this machine, answered as the controller does."""

    def __init__(self, tmp_path: Path) -> None:
        self.controller = Controller(tmp_path / "controller")
        self.folder = tmp_path / "assets"
        self.kept = store.open_assets(self.controller.keep("r1", FILES), self.controller.key)
        self.asked: list[str] = []
        self.options: dict[str, Any] = {
            "state": "sent",
            "release_id": "r1",
            "sha256": self.kept.sha256,
            "signers": self.kept.signers,
            "folder": str(self.folder),
            "server": {
                "address": "127.0.0.1", "server_name": "localhost",
                "ca_path": str(make_certificate(tmp_path)[0]), "static_url": "/static/",
            },
            "stream": True,
        }  # fmt: skip

    def answer(self, what: str, numbers: list[int]) -> tuple[bytes, Iterable[Path]]:
        self.asked.append(what)
        if what == exchange.MANIFEST:
            content, signature = self.kept.content, self.kept.signature
            return exchange.head_of_manifest(content, signature) + content + signature, []
        assets = [self.kept.manifest.assets[number] for number in numbers]
        self.controller.pool.check(assets)
        paths = [self.controller.pool.path(asset.sha256) for asset in assets]
        return exchange.head_of_files(numbers), paths

    def run(self) -> dict[str, Any]:
        """What the program returned."""
        text = bulk.program("asset_program", self.options, check_mode=False)
        with subprocess.Popen(
            [PYTHON, "-I", "-c", bulk.bootstrap(text)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            asked, answers = cast(IO[bytes], process.stdout), cast(IO[bytes], process.stdin)
            said = bulk.converse(asked, answers, text, self.answer)
        (line,) = [line for line in said if line.startswith(bulk.RESULT)]
        result: dict[str, Any] = json.loads(line.removeprefix(bulk.RESULT))
        return result

    def written(self) -> dict[str, bytes]:
        """What is in the served folder, dot files left out."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and ".manifests" not in path.parts
        }


def test_a_server_asks_for_what_it_lacks_and_nothing_else(tmp_path: Path) -> None:
    conversation = Conversation(tmp_path)
    done = conversation.run()
    assert (done["sent"], done["changed"]) == (3, True)
    assert conversation.asked == ["manifest", "files"]
    assert conversation.written() == FILES
    (conversation.folder / "css/a.css").unlink()
    conversation.asked.clear()
    assert conversation.run()["sent"] == 1
    assert conversation.asked == ["files"]
    conversation.asked.clear()
    again = conversation.run()
    assert (again["sent"], again["changed"], conversation.asked) == (0, False, [])


def test_a_controller_that_refuses_leaves_nothing_half_written(tmp_path: Path) -> None:
    conversation = Conversation(tmp_path)
    asset = conversation.kept.manifest.by_path["large.bin"]
    conversation.controller.pool.path(asset.sha256).write_bytes(b"altered")
    with pytest.raises(PoolError, match=r"which is large\.bin, was altered"):
        conversation.run()
    assert conversation.written() == {}
    assert not (conversation.folder / ".incoming").exists()


def test_a_server_that_gives_up_while_files_come_says_why(tmp_path: Path) -> None:
    conversation = Conversation(tmp_path)
    (conversation.folder / "css" / "a.css").mkdir(parents=True)
    done = conversation.run()
    assert done["failed"]
    assert "css/a.css is a folder where a file belongs" in done["msg"]


def test_a_server_that_nobody_serves_is_told_by_its_address(tmp_path: Path) -> None:
    conversation = Conversation(tmp_path)
    conversation.options["state"] = "proven"
    # On this machine, and nobody listens there.
    conversation.options["server"]["address"] = "127.255.255.254"
    done = conversation.run()
    assert done["failed"]
    assert "127.255.255.254:443 does not answer: Connection refused" in done["msg"]


def test_a_program_knows_only_what_it_needs() -> None:
    text = bulk.program("asset_program", {}, check_mode=False).decode()
    assert "ansible.module_utils.moztrap.asset_folder" in text
    assert "ansible.module_utils.moztrap.store" not in text
