"""Old assets go when nobody needs them, and never before: every order of overlapping releases."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from tests.helpers.asset_release import Files, manifest_of, manifest_text, stream_of

from ansible.module_utils.moztrap import asset_prune  # isort: skip
from ansible.module_utils.moztrap.asset_errors import AssetError  # isort: skip
from ansible.module_utils.moztrap.asset_folder import AssetFolder  # isort: skip
from ansible.module_utils.moztrap.asset_records import Records  # isort: skip

DAY = 24 * 3600.0
GRACE = 14 * DAY
START = 1_800_000_000.0
SHARED = {"shared.css": b"shared", "css/common.css": b"common"}
RELEASES: dict[str, Files] = {
    "a": SHARED | {"a/only.css": b"a", "ab.css": b"a and b"},
    "b": SHARED | {"b/only.css": b"b", "ab.css": b"a and b", "bc.css": b"b and c"},
    "c": {"c/only.css": b"c", "bc.css": b"b and c"},
}


class Server:
    """One server's folder, and what a controller does to it at a time."""

    def __init__(self, root: Path) -> None:
        self.folder, self.records = AssetFolder(root), Records(root)

    def stage(self, release_id: str, now: float) -> None:
        """Record a release, as the first half of distributing it."""
        files = RELEASES[release_id]
        text = manifest_text(release_id, files).encode()
        with self.records.held():
            self.records.stage(manifest_of(release_id, files), text, b"signature", now)

    def fill(self, release_id: str) -> None:
        """Write what it lacks and mark it, as the second half."""
        manifest = manifest_of(release_id, RELEASES[release_id])
        lacking = self.folder.lacking(manifest)
        assets = [asset for asset in manifest.assets if asset.path in lacking]
        stream = stream_of(manifest, RELEASES[release_id])
        with self.records.held():
            self.folder.write(manifest.assets if assets else [], stream)
            self.records.mark(manifest)

    def prune(self, now: float, *kept: str, **options: bool) -> asset_prune.Pruned:
        """As playbooks/prune.yml does, with these releases kept."""
        with self.records.held():
            return asset_prune.prune(
                self.folder, self.records, kept=kept, grace_seconds=GRACE, now=now, **options
            )

    def is_whole(self, release_id: str) -> bool:
        """Has it every file of a release?"""
        return not self.folder.lacking(manifest_of(release_id, RELEASES[release_id]))


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_release_that_is_no_longer_kept_has_its_days_of_grace(server: Server) -> None:
    for release_id in ("a", "b"):
        server.stage(release_id, START)
        server.fill(release_id)
    # Long after it was staged it is dropped: the days count from the run that saw it.
    dropped = START + 100 * DAY
    assert server.prune(dropped, "b").removed == []
    assert server.prune(dropped + GRACE - 1, "b").removed == []
    assert server.is_whole("a")
    done = server.prune(dropped + GRACE, "b")
    assert (done.removed, done.releases) == (["a/only.css"], ["a"])
    assert server.is_whole("b")
    assert not (server.folder.root / "a").exists()
    assert not server.records.marker_path("a").exists()
    assert set(server.records.staged()) == {"b"}
    assert not server.prune(dropped + 2 * GRACE, "b").changed


@pytest.mark.parametrize("order", list(itertools.permutations(("stage", "fill", "prune", "late"))))
def test_overlapping_releases_never_lose_each_others_files(
    server: Server, order: tuple[str, ...]
) -> None:
    """Release b is staged and filled while a's controller, which does not keep b, prunes."""
    server.stage("a", START)
    server.fill("a")
    if order.index("fill") < order.index("stage"):
        # A release is always recorded before its first file is written.
        return
    now = START
    for step in order:
        now += DAY
        if step == "stage":
            server.stage("b", now)
        elif step == "fill":
            server.fill("b")
        else:
            server.prune(now, "a")
    assert server.is_whole("a")
    server.fill("b")
    assert server.is_whole("b")
    # And the other way round: b's controller does not keep a.
    server.prune(now + DAY, "b")
    assert server.is_whole("a")
    assert server.is_whole("b")


def test_a_release_staged_again_is_needed_again(server: Server) -> None:
    for release_id in ("a", "b"):
        server.stage(release_id, START)
        server.fill(release_id)
    server.prune(START + DAY, "b")
    # Going back to a: it is recorded anew, and its days of grace are forgotten.
    server.stage("a", START + GRACE)
    assert server.prune(START + GRACE + 2 * DAY, "b").removed == []
    assert server.is_whole("a")
    # Kept again, it stays for good.
    server.prune(START + GRACE + 3 * DAY, "a", "b")
    assert server.prune(START + 10 * GRACE, "a", "b").removed == []


def test_a_file_stays_while_one_release_of_several_needs_it(server: Server) -> None:
    for release_id in ("a", "b", "c"):
        server.stage(release_id, START)
        server.fill(release_id)
    server.prune(START, "c")
    done = server.prune(START + GRACE, "c")
    assert set(done.removed) == {*RELEASES["a"], *RELEASES["b"]} - set(RELEASES["c"])
    assert server.is_whole("c")


def test_a_preview_changes_nothing_and_names_everything(server: Server) -> None:
    for release_id in ("a", "b"):
        server.stage(release_id, START)
        server.fill(release_id)
    server.prune(START, "b")
    before = sorted(path for path in server.folder.root.rglob("*"))
    references = (server.records.folder / "references.json").read_text()
    preview = server.prune(START + GRACE, "b", dry_run=True)
    assert sorted(server.folder.root.rglob("*")) == before
    assert (server.records.folder / "references.json").read_text() == references
    assert preview.removed == server.prune(START + GRACE, "b").removed == ["a/only.css"]


def test_files_of_no_manifest_are_listed_and_removed_only_on_request(server: Server) -> None:
    server.stage("b", START)
    server.fill("b")
    (server.folder.root / "planted.js").write_text("x")
    (server.folder.root / "proofs" / "unknown.txt").write_text("x")
    done = server.prune(START + 10 * GRACE, "b")
    assert done.unexpected == ["planted.js", "proofs/unknown.txt"]
    assert done.removed == []
    assert (server.folder.root / "planted.js").exists()
    done = server.prune(START, "b", remove_unexpected=True)
    assert done.removed == ["planted.js", "proofs/unknown.txt"]
    assert server.is_whole("b")
    assert server.records.marker_path("b").exists()


def test_a_killed_prune_is_finished_by_the_next_one(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for release_id in ("a", "b", "c"):
        server.stage(release_id, START)
        server.fill(release_id)
    server.prune(START, "c")
    real = AssetFolder.remove

    def killed(self: AssetFolder, paths: list[str]) -> None:
        real(self, paths[:2])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(AssetFolder, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            server.prune(START + GRACE, "c")
    done = server.prune(START + GRACE, "c")
    assert len(done.removed) == len({*RELEASES["a"], *RELEASES["b"]} - set(RELEASES["c"])) - 2
    assert set(server.records.staged()) == {"c"}
    assert server.is_whole("c")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda records: records.manifest_path("a").write_text("{"), r"a\.json cannot be used"),
        (
            lambda records: (records.folder / "references.json").write_text("{"),
            r"references\.json cannot be read",
        ),
    ],
)
def test_what_cannot_be_read_stops_it_before_anything_is_removed(
    server: Server, damage: object, words: str
) -> None:
    for release_id in ("a", "b"):
        server.stage(release_id, START)
        server.fill(release_id)
    server.prune(START, "b")
    assert callable(damage)
    damage(server.records)
    with pytest.raises(AssetError, match=words):
        server.prune(START + GRACE, "b")
    assert (server.folder.root / "a/only.css").exists()


def test_a_controller_that_keeps_nothing_of_it_does_not_empty_a_server(server: Server) -> None:
    server.stage("a", START)
    server.fill("a")
    with pytest.raises(AssetError, match="kept by this controller"):
        server.prune(START, "x")
    assert (
        json.loads((server.records.folder / "references.json").read_text())["releases"]["a"][
            "unreferenced_since"
        ]
        is None
    )
