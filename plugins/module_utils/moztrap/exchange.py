"""How a static server gets manifest and files: asked for on the way, or from files beside it.

The module asks by one line on its standard output and reads the answer from its standard
input, so that looking, receiving, writing and proving are one process and one connection.
Where Ansible's connection has no such stream, what is needed is shipped between two calls.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ansible.module_utils.moztrap.asset_errors import AssetError
from ansible.module_utils.moztrap.asset_manifest import AssetManifest
from ansible.module_utils.moztrap.assets import Asset

# A line that begins so is a question to the controller.
QUESTION = "MOZTRAP-ASKS "
MANIFEST = "manifest"
FILES = "files"
_STREAM_BUFFER = 1 << 20
_ENDED = "The controller ended the connection without sending what it was asked for."


class Needs(Exception):
    """Something has to be shipped before this can go on: `manifest` or `files`."""

    def __init__(self, what: str, numbers: Sequence[int] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.numbers = list(numbers)


class Supply(Protocol):
    """Where manifest and files come from."""

    def manifest(self) -> tuple[bytes, bytes]:
        """The manifest's text and its signature."""
        ...

    def files(self, manifest: AssetManifest, wanted: Sequence[Asset]) -> tuple[
        list[Asset], BinaryIO
    ]:  # fmt: skip
        """Which assets come, and the stream in which they follow each other."""
        ...


def head_of_manifest(content: bytes, signature: bytes) -> bytes:
    """What goes before the manifest in an answer: the lengths of text and signature."""
    return f"{json.dumps([len(content), len(signature)])}\n".encode()


def head_of_files(numbers: Sequence[int]) -> bytes:
    """What goes before the files: their places in the manifest, in the order they come in."""
    return f"{json.dumps(list(numbers))}\n".encode()


class StreamSupply:
    """Asks the controller, which listens to what this program prints."""

    def __init__(self) -> None:
        self._answers: BinaryIO = os.fdopen(os.dup(0), "rb", buffering=_STREAM_BUFFER)

    def manifest(self) -> tuple[bytes, bytes]:
        """Ask for the manifest."""
        _ask(MANIFEST, [])
        lengths = _numbers(self._answers)
        if len(lengths) != 2:
            raise AssetError(_ENDED)
        content, signature = (self._answers.read(length) for length in lengths)
        if [len(content), len(signature)] != lengths:
            raise AssetError(_ENDED)
        return content, signature

    def files(
        self, manifest: AssetManifest, wanted: Sequence[Asset]
    ) -> tuple[list[Asset], BinaryIO]:
        """Ask for files, by their places in the manifest."""
        _ask(FILES, places(manifest, wanted))
        return _announced(manifest, self._answers), self._answers


@dataclass(frozen=True)
class FileSupply:
    """Takes what was shipped beside the module."""

    manifest_path: Path | None
    signature_path: Path | None
    bundle_path: Path | None

    def manifest(self) -> tuple[bytes, bytes]:
        """Read the shipped manifest."""
        if self.manifest_path is None or self.signature_path is None:
            raise Needs(MANIFEST)
        return self.manifest_path.read_bytes(), self.signature_path.read_bytes()

    def files(
        self, manifest: AssetManifest, wanted: Sequence[Asset]
    ) -> tuple[list[Asset], BinaryIO]:
        """Read the shipped files."""
        if self.bundle_path is None:
            raise Needs(FILES, places(manifest, wanted))
        stream = self.bundle_path.open("rb")
        return _announced(manifest, stream), stream


def places(manifest: AssetManifest, wanted: Sequence[Asset]) -> list[int]:
    """Where the assets are in the manifest: shorter than their names."""
    paths = {asset.path for asset in wanted}
    return [number for number, asset in enumerate(manifest.assets) if asset.path in paths]


def _ask(what: str, numbers: list[int]) -> None:
    sys.stdout.write(f"{QUESTION}{json.dumps({'what': what, 'numbers': numbers})}\n")
    sys.stdout.flush()


def _numbers(stream: BinaryIO) -> list[int]:
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise AssetError(_ENDED)
    return [int(number) for number in json.loads(line)]


def _announced(manifest: AssetManifest, stream: BinaryIO) -> list[Asset]:
    return [manifest.assets[number] for number in _numbers(stream)]
