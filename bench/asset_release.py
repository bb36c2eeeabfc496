"""Synthetic releases of assets: as many files and bytes as a large site has, signed and kept."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import assets, store  # isort: skip
from ansible.module_utils.moztrap.pool import Pool  # isort: skip

FILES = 10_000
BYTES = 200_000_000
# What compresses, with its twins, beside pictures and fonts, which do not.
KINDS = ((".css", True), (".js", True), (".png", False), (".woff2", False), (".svg", True))


@dataclass(frozen=True)
class Tree:
    """A release's files as a folder, for rsync, and as kept by the controller, for us."""

    release_id: str
    folder: Path
    files: int
    bytes: int


def make(folder: Path, state: Path, release_id: str, *, changed_share: float = 0.0) -> Tree:
    """Write the files, keep them as a release, and return both.

    `changed_share` of the files differ from those of a tree made with 0, in name and content
    as hashed names do; the rest are the same bytes.
    """
    entries = []
    total = 0
    pool = Pool(state / "assets")
    for path, content in _files(changed_share):
        digest = hashlib.sha256(content).hexdigest()
        _write(folder / path, content)
        _write(pool.path(digest), content)
        entries.append(assets.Asset(path, len(content), digest, assets.content_type_of(path), True))
        total += len(content)
    kept = state / "artefacts" / release_id
    kept.mkdir(parents=True, exist_ok=True)
    key = state / "signing" / "id_ed25519"
    store.ensure_signing_key(key)
    (kept / store.ASSET_MANIFEST).write_text(assets.to_json(release_id, entries))
    (kept / store.ARTEFACT).write_bytes(b"no code: assets alone")
    (kept / store.RELEASE).write_text(f'{{"release_id": "{release_id}", "name": "{release_id}"}}')
    for name in (store.ASSET_MANIFEST, store.ARTEFACT):
        store.sign(kept / name, key)
    return Tree(release_id, folder, len(entries), total)


def _files(changed_share: float) -> Iterator[tuple[str, bytes]]:
    """Path and content, the same on every call; every second text has a precompressed twin."""
    chance = random.Random(20260114)  # noqa: S311  # the same tree every time is the point
    number = made = 0
    while made < FILES:
        suffix, compresses = KINDS[number % len(KINDS)]
        generation = int(chance.random() < changed_share)
        seed = random.Random(number * 2 + generation)  # noqa: S311
        size = int(BYTES / FILES * (0.5 + (number % 101) / 101))
        name = hashlib.sha256(f"{number} {generation}".encode()).hexdigest()[:12]
        path = f"app{number % 20}/part{number % 7}/file{number}.{name}{suffix}"
        yield path, seed.randbytes(size)
        made += 1
        if compresses and number % 2 and made < FILES:
            yield f"{path}.gz", seed.randbytes(size)
            made += 1
        number += 1


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
