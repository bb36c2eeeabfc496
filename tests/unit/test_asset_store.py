"""The controller's store: what is kept is signed, shared, and refused when a byte changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.helpers.asset_release import Controller, build, manifest_of

from ansible.module_utils.moztrap import asset_manifest, signature, store  # isort: skip
from ansible.module_utils.moztrap.pool import PoolError  # isort: skip

SHARED = {"css/a.css": b"a { color: red }", "js/b.js": b"let b = 1;\n"}
FIRST = SHARED | {"first.txt": b"first"}
SECOND = SHARED | {"second.txt": b"second"}


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path)


def pool_files(controller: Controller) -> set[str]:
    return {path.name for path in controller.pool.root.glob("??/*")}


def test_what_is_kept_is_signed_and_shares_its_assets(controller: Controller) -> None:
    first = controller.keep("r1", FIRST)
    second = controller.keep("r2", SECOND)
    assert {path.name for path in first.iterdir()} == set(store.KEPT_FILES)
    assert controller.key.stat().st_mode & 0o777 == 0o600
    assert len(pool_files(controller)) == len({**FIRST, **SECOND})
    for folder in (first, second):
        kept = store.open_assets(folder, controller.key)
        assert kept.manifest.release_id == folder.name
        controller.pool.check(kept.manifest.assets)
        artefact, detached = folder / store.ARTEFACT, folder / store.SIGNATURE
        assert signature.problem(artefact, detached, controller.signers) == ""
        artefact.write_bytes(artefact.read_bytes() + b"!")
        assert "does not match" in signature.problem(artefact, detached, controller.signers)


@pytest.mark.parametrize("name", [store.ASSET_MANIFEST, store.ASSET_SIGNATURE])
def test_a_changed_byte_of_manifest_or_signature_is_refused_by_name(
    controller: Controller, name: str
) -> None:
    folder = controller.keep("r1", FIRST)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(store.StoreError, match=str(folder / store.ASSET_MANIFEST)):
        store.open_assets(folder, controller.key)


def test_a_manifest_signed_by_another_key_is_refused(
    controller: Controller, tmp_path: Path
) -> None:
    folder = Controller(tmp_path / "stranger").keep("r1", FIRST)
    store.ensure_signing_key(controller.key)
    with pytest.raises(store.StoreError, match="does not match"):
        store.open_assets(folder, controller.key)


def test_the_manifest_of_another_release_is_refused(controller: Controller) -> None:
    first, second = controller.keep("r1", FIRST), controller.keep("r2", SECOND)
    for name in (store.ASSET_MANIFEST, store.ASSET_SIGNATURE):
        (second / name).write_bytes((first / name).read_bytes())
    with pytest.raises(store.StoreError, match="it is of release r1, not r2"):
        store.open_assets(second, controller.key)


def test_an_altered_or_missing_content_of_the_pool_is_named(controller: Controller) -> None:
    folder = controller.keep("r1", FIRST)
    assets = store.open_assets(folder, controller.key).manifest.assets
    path = controller.pool.path(assets[0].sha256)
    path.write_bytes(b"b" + path.read_bytes()[1:])
    with pytest.raises(PoolError, match=f"{path}, which is {assets[0].path}, was altered"):
        controller.pool.check(assets)
    # Its size is right, so that nobody builds again over what somebody should look at.
    assert store.is_kept(folder, controller.pool)
    path.unlink()
    with pytest.raises(PoolError, match=f"{path}, which is {assets[0].path}"):
        controller.pool.check(assets)
    assert not store.is_kept(folder, controller.pool)


def test_keeping_again_puts_an_altered_content_right(controller: Controller) -> None:
    folder = controller.keep("r1", FIRST)
    assets = store.open_assets(folder, controller.key).manifest.assets
    controller.pool.path(assets[0].sha256).write_bytes(b"altered")
    controller.keep("r1", FIRST)
    controller.pool.check(assets)


def test_a_store_of_before_there_was_a_pool_counts_as_not_kept(controller: Controller) -> None:
    folder = controller.keep("r1", FIRST)
    (folder / store.ASSET_SIGNATURE).unlink()
    (folder / store.ASSETS).write_bytes(b"an archive")
    assert not store.is_kept(folder, controller.pool)
    assert store.kept_releases(controller.store, controller.pool) == []
    controller.keep("r1", FIRST)
    assert store.is_kept(folder, controller.pool)
    assert not (folder / store.ASSETS).exists()


def test_an_archive_that_is_not_its_manifests_is_not_kept(controller: Controller) -> None:
    for number, wrong in enumerate(
        ({**FIRST, "first.txt": b"other"}, {**FIRST, "more.txt": b"more"}, SHARED)
    ):
        built = build(controller.root / f"wrong{number}", "r1", wrong)
        right = build(controller.root / f"right{number}", "r1", FIRST)
        (built / store.ASSET_MANIFEST).write_bytes((right / store.ASSET_MANIFEST).read_bytes())
        with pytest.raises(store.StoreError, match=r"assets\.tar\.gz of release r1"):
            store.keep(built, controller.store / "r1", controller.key, controller.pool)
    assert not (controller.store / "r1").exists()


@pytest.mark.parametrize(
    "path",
    ["../etc/passwd", "/etc/passwd", "a/../b", ".hidden", "a/.git/x", "proofs/r1.txt", "a//b", ""],
)
def test_a_manifest_names_only_what_is_served(path: str) -> None:
    with pytest.raises(asset_manifest.ManifestError):
        manifest_of("r1", {path: b"x"})


def test_a_manifest_does_not_name_a_file_inside_a_file() -> None:
    with pytest.raises(asset_manifest.ManifestError, match="as a file and as a folder"):
        manifest_of("r1", {"a": b"x", "a/b": b"y"})


def test_tidying_keeps_the_newest_and_what_must_stay(controller: Controller) -> None:
    for number in range(1, 5):
        folder = controller.keep(f"r{number}", SHARED | {"own.txt": b"%d" % number})
        # Newest by what renaming into place set.
        os.utime(folder, (1, 1))
    preview = store.tidy(controller.store, controller.pool, keep=1, stay={"r1"}, dry_run=True)
    assert preview.releases == ("r2", "r3")
    assert len(list(controller.store.iterdir())) == 4
    done = store.tidy(controller.store, controller.pool, keep=1, stay={"r1"})
    assert done.releases == ("r2", "r3")
    assert done.assets.files == 2
    assert store.kept_releases(controller.store, controller.pool) == ["r4", "r1"]
    for name in ("r1", "r4"):
        controller.pool.check(
            store.open_assets(controller.store / name, controller.key).manifest.assets
        )


def test_tidying_removes_nothing_while_a_manifest_cannot_be_read(controller: Controller) -> None:
    for name in ("r1", "r2"):
        controller.keep(name, FIRST)
    (controller.store / "r2" / store.ASSET_MANIFEST).write_text("{")
    before = pool_files(controller)
    with pytest.raises(store.StoreError, match="nothing was removed"):
        store.tidy(controller.store, controller.pool, keep=2, stay=())
    assert pool_files(controller) == before
    assert (controller.store / "r1").is_dir()
