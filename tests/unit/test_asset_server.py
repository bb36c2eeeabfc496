"""One static server: what is lacking is written whole, proven over HTTPS, and marked."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.helpers.asset_release import (
    Controller,
    Files,
    make_certificate,
    manifest_of,
    manifest_text,
    stream_of,
)
from tests.helpers.https_server import Served, answer, serve

from ansible.module_utils.moztrap import asset_folder, asset_server, exchange, store  # isort: skip
from ansible.module_utils.moztrap.asset_errors import AssetError  # isort: skip
from ansible.module_utils.moztrap.asset_folder import AssetFolder  # isort: skip
from ansible.module_utils.moztrap.asset_manifest import AssetManifest  # isort: skip
from ansible.module_utils.moztrap.asset_records import Records, marker_text  # isort: skip
from ansible.module_utils.moztrap.assets import Asset, content_type_of  # isort: skip
from ansible.module_utils.moztrap.pipeline import Server  # isort: skip

FILES: Files = {
    "css/deep/a.0a1b2c3d.css": b"a { color: red }\n" * 40,
    "css/deep/a.0a1b2c3d.css.gz": b"squeezed",
    "js/b.js": b"let b = 1;\n",
    "empty.txt": b"",
    "img/c d.png": bytes(range(256)) * 20,
}
MANIFEST = manifest_of("r1", FILES)


def write_all(root: Path, manifest: AssetManifest = MANIFEST, files: Files = FILES) -> None:
    AssetFolder(root).write(manifest.assets, stream_of(manifest, files))


def test_what_is_missing_is_written_with_owner_and_mode(tmp_path: Path) -> None:
    root = tmp_path / "assets"
    assert AssetFolder(root).lacking(MANIFEST) == dict.fromkeys(FILES, "missing")
    write_all(root)
    assert AssetFolder(root).lacking(MANIFEST) == {}
    assert {path: (root / path).read_bytes() for path in FILES} == FILES
    assert (root / "js/b.js").stat().st_mode & 0o7777 == 0o644
    assert (root / "css/deep").stat().st_mode & 0o7777 == 0o755
    assert sorted(path.name for path in root.iterdir()) == ["css", "empty.txt", "img", "js"]


def test_every_kind_of_drift_is_seen_and_put_right(tmp_path: Path) -> None:
    root = tmp_path / "assets"
    write_all(root)
    (root / "js/b.js").write_bytes(b"let b = 2;\n")
    (root / "empty.txt").chmod(0o666)
    shutil.move(root / "css", tmp_path / "elsewhere")
    (root / "css").symlink_to(tmp_path / "elsewhere")
    (root / "img").chmod(0o700)
    found = AssetFolder(root).lacking(MANIFEST)
    assert found == dict.fromkeys(FILES, "altered")
    write_all(root)
    assert AssetFolder(root).lacking(MANIFEST) == {}
    assert not (root / "css").is_symlink()
    # Where the link led, nothing was touched.
    assert (tmp_path / "elsewhere/deep/a.0a1b2c3d.css").read_bytes() == FILES[
        "css/deep/a.0a1b2c3d.css"
    ]


def test_a_folder_in_the_place_of_a_file_is_left_to_a_person(tmp_path: Path) -> None:
    root = tmp_path / "assets"
    (root / "js/b.js").mkdir(parents=True)
    (root / "js/b.js/precious").write_text("x")
    with pytest.raises(AssetError, match=r"js/b\.js is a folder where a file belongs"):
        write_all(root)
    assert (root / "js/b.js/precious").exists()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[:-1] + b"!", "arrived as"),
        (lambda text: text[:-1], "stopped coming in the middle of js/b.js"),
    ],
)
def test_a_file_that_arrives_wrong_is_not_written(
    tmp_path: Path, damage: object, words: str
) -> None:
    assert callable(damage)
    content = b"".join(FILES[asset.path] for asset in MANIFEST.assets)
    with pytest.raises(AssetError, match=words):
        AssetFolder(tmp_path).write(MANIFEST.assets, io.BytesIO(damage(content)))
    left = AssetFolder(tmp_path).lacking(MANIFEST)
    assert left == {"js/b.js": "missing"}
    assert not (tmp_path / asset_folder.INCOMING).exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "js/b.js could not be written: the disk is full. Make room"),
        (errno.EROFS, "js/b.js could not be written: it is mounted read-only"),
        (errno.EACCES, "js/b.js could not be written: it may not be written. Look at its owner"),
    ],
)
def test_a_disk_that_refuses_is_told_by_name_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    real = os.write

    def write(descriptor: int, chunk: bytes) -> int:
        if bytes(chunk) == FILES["js/b.js"]:
            raise OSError(code, os.strerror(code))
        return real(descriptor, chunk)

    (tmp_path / "js").mkdir()
    (tmp_path / "js/b.js").write_bytes(b"what was there before")
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(AssetError, match=words):
        write_all(tmp_path)
    assert (tmp_path / "js/b.js").read_bytes() == b"what was there before"
    assert not (tmp_path / asset_folder.INCOMING).exists()


def test_what_cannot_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    huge = Asset("huge.bin", 1 << 60, "0" * 64, "application/octet-stream", False)
    with pytest.raises(AssetError, match="the disk is full"):
        AssetFolder(tmp_path).check_room([huge])


def test_two_runs_on_one_server_do_not_mix(tmp_path: Path) -> None:
    with (
        Records(tmp_path).held(),
        pytest.raises(AssetError, match="Another run is changing"),
        Records(tmp_path).held(),
    ):
        pass
    with Records(tmp_path).held():
        pass


class Site:
    """A controller that keeps one release, and a static server that serves its folder."""

    def __init__(self, folder: Path, served: Served, controller: Controller) -> None:
        self.folder = folder
        self.served = served
        self.controller = controller
        self.kept = store.open_assets(controller.keep("r1", FILES), controller.key)

    def run(self, *, bundle: bool = True, files: Files = FILES) -> asset_server.Outcome:
        """Distribute with everything at hand."""
        outcome = asset_server.Outcome()
        server = self.server(outcome, bundle=bundle, files=files)
        server.distribute(server.trusted_manifest("r1", self.kept.manifest.sha256, self.signers))
        return outcome

    @property
    def signers(self) -> str:
        return self.controller.signers

    def server(
        self, outcome: asset_server.Outcome, *, bundle: bool = True, files: Files = FILES
    ) -> asset_server.AssetServer:
        shipped = self.controller.root / "shipped"
        shipped.mkdir(exist_ok=True)
        (shipped / "manifest").write_bytes(self.kept.content)
        (shipped / "signature").write_bytes(self.kept.signature)
        lacking = AssetFolder(self.folder).lacking(self.kept.manifest)
        wanted = [asset for asset in self.kept.manifest.assets if asset.path in lacking]
        head = exchange.head_of_files(exchange.places(self.kept.manifest, wanted))
        contents = b"".join(files[asset.path] for asset in wanted)
        (shipped / "bundle").write_bytes(head + contents)
        supply = exchange.FileSupply(
            shipped / "manifest", shipped / "signature", shipped / "bundle" if bundle else None
        )
        web = Server("127.0.0.1", "localhost", str(self.served.certificate), self.served.port, 2, 2)
        return asset_server.AssetServer(self.folder, web, "/static/", supply, outcome)

    def twin_is_next(self) -> bool:
        """The same URL is asked for its original first, then for its twin."""
        asked = [path for path in self.served.paths if path.endswith(".0a1b2c3d.css")]
        return len(asked) % 2 == 0

    @property
    def marker(self) -> Path:
        return self.folder / "proofs" / "r1.txt"


GOOD = {"X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}


@pytest.fixture
def changes() -> dict[str, dict[str, str]]:
    """Headers that the server gives otherwise, by path."""
    return {}


@pytest.fixture
def site(tmp_path: Path, changes: dict[str, dict[str, str]]) -> Iterator[Site]:
    folder = tmp_path / "assets"

    def respond(target: str, number: int) -> bytes:
        path = unquote(target).removeprefix("/static/")
        file = folder / path
        headers = {**GOOD, "Content-Type": content_type_of(path)}
        caching = "public, max-age=31536000, immutable" if ".0a1b2c3d." in path else "no-cache"
        headers["Cache-Control"] = caching
        if path.endswith(".0a1b2c3d.css") and made.twin_is_next():
            file = file.with_name(file.name + ".gz")
            headers["Content-Encoding"] = "gzip"
        if not file.is_file():
            return answer(b"not found", status=404)
        return answer(file.read_bytes(), headers=headers | changes.get(path, {}))

    certificate, key = make_certificate(tmp_path)
    with serve(certificate, key, respond) as served:
        made = Site(folder, served, Controller(tmp_path / "controller"))
        yield made


def test_a_release_is_written_proven_and_marked_once(site: Site) -> None:
    first = site.run()
    assert first.changed
    assert (first.files, first.missing, first.sent, first.verified) == (5, 5, 5, 5)
    assert site.marker.read_bytes() == marker_text(site.kept.manifest)
    again = site.run(bundle=False)
    assert not again.changed
    assert (again.sent, again.bytes, again.verified) == (0, 0, 5)


def test_only_what_is_lacking_is_asked_for(site: Site) -> None:
    site.run()
    (site.folder / "js/b.js").unlink()
    with pytest.raises(exchange.Needs) as needed:
        site.run(bundle=False)
    assert needed.value.what == "files"
    assert [site.kept.manifest.assets[number].path for number in needed.value.numbers] == [
        "js/b.js"
    ]
    # It lost its marker before the repair began.
    assert not site.marker.exists()
    assert site.run().sent == 1
    assert site.marker.exists()


@pytest.mark.parametrize(
    ("path", "wrong", "words"),
    [
        ("js/b.js", {"Content-Type": "text/plain"}, "content type: expected text/javascript"),
        ("js/b.js", {"X-Content-Type-Options": ""}, "X-Content-Type-Options: expected nosniff"),
        ("js/b.js", {"Cache-Control": "public, immutable"}, "Cache-Control: expected at most"),
        (
            "css/deep/a.0a1b2c3d.css",
            {"Cache-Control": "no-cache"},
            "Cache-Control: expected immutable",
        ),
        ("css/deep/a.0a1b2c3d.css", {"Vary": ""}, "Vary: expected Accept-Encoding, found none"),
        ("css/deep/a.0a1b2c3d.css", {"Content-Encoding": "br"}, "content encoding: expected"),
    ],
)
def test_a_server_that_serves_otherwise_gets_no_marker(
    site: Site, changes: dict[str, dict[str, str]], path: str, wrong: dict[str, str], words: str
) -> None:
    changes[path] = wrong
    with pytest.raises(AssetError) as refused:
        site.run()
    assert str(refused.value).startswith(f"127.0.0.1 does not serve release r1 as it must: {path}")
    assert words in str(refused.value)
    assert not site.marker.exists()


def test_a_stale_file_takes_the_marker_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run()
    # The disk is right, but what is served is not: a cache in between, another folder.
    (site.folder / "js/b.js").write_bytes(b"let b = 0;\n")
    monkeypatch.setattr(AssetFolder, "lacking", lambda self, manifest, **_: {})
    with pytest.raises(AssetError, match=r"js/b\.js: sha256: expected .*, found"):
        site.run()
    assert not site.marker.exists()


def test_what_no_glance_sees_is_found_by_the_proof_and_put_right(site: Site) -> None:
    site.run()
    path = site.folder / "js/b.js"
    times = path.stat()
    path.write_bytes(b"let b = 0;\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    manifest = site.kept.manifest
    assert AssetFolder(site.folder).lacking(manifest, glance=True) == {}
    assert AssetFolder(site.folder).lacking(manifest) == {"js/b.js": "altered"}
    repaired = site.run()
    assert (repaired.changed, repaired.altered, repaired.sent, repaired.verified) == (True, 1, 1, 5)
    assert path.read_bytes() == FILES["js/b.js"]
    assert site.marker.exists()


def test_a_marker_that_is_cached_is_no_marker(
    site: Site, changes: dict[str, dict[str, str]]
) -> None:
    changes["proofs/r1.txt"] = {"Cache-Control": "public, max-age=600"}
    with pytest.raises(AssetError, match="but not the proof marker"):
        site.run()
    assert not site.marker.exists()


def test_a_manifest_that_is_not_signed_by_the_controller_is_refused(
    site: Site, tmp_path: Path
) -> None:
    server = site.server(asset_server.Outcome())
    stranger = Controller(tmp_path / "stranger").signers
    with pytest.raises(AssetError, match="signature does not match"):
        server.trusted_manifest("r1", site.kept.manifest.sha256, stranger)
    with pytest.raises(AssetError, match="digest is not the one"):
        server.trusted_manifest("r1", "0" * 64, site.signers)
    assert not site.folder.exists()


def test_a_staged_manifest_is_believed_only_with_its_signature(site: Site) -> None:
    site.run()
    records = Records(site.folder)
    planted = manifest_text("r1", {"js/b.js": b"planted"}).encode()
    records.manifest_path("r1").write_bytes(planted)
    assert site.run().changed
    assert records.manifest_path("r1").read_bytes() == site.kept.content


def test_verifying_tells_everything_and_changes_nothing(site: Site) -> None:
    site.run()
    (site.folder / "js/b.js").write_bytes(b"let b = 2;\n")
    (site.folder / "empty.txt").unlink()
    (site.folder / "js/planted.js").write_bytes(b"x")
    before = sorted((str(path), path.stat().st_mtime_ns) for path in site.folder.rglob("*"))
    outcome = asset_server.Outcome()
    server = site.server(outcome)
    server.verify(server.trusted_manifest("r1", site.kept.manifest.sha256, site.signers))
    assert sorted((kind, path) for kind, path, _ in outcome.drift) == [
        ("altered", "js/b.js"),
        ("missing", "empty.txt"),
        ("unexpected", "js/planted.js"),
    ]
    assert outcome.verified == 3
    assert not outcome.changed
    after = sorted((str(path), path.stat().st_mtime_ns) for path in site.folder.rglob("*"))
    assert after == before


def test_a_plan_tells_what_would_be_sent_and_changes_nothing(site: Site) -> None:
    outcome = asset_server.Outcome()
    server = site.server(outcome)
    server.plan(server.trusted_manifest("r1", site.kept.manifest.sha256, site.signers))
    assert (outcome.changed, outcome.missing) == (True, 5)
    assert outcome.bytes == sum(len(content) for content in FILES.values())
    assert not site.folder.exists()


def test_a_server_that_is_down_is_told_in_one_line(site: Site) -> None:
    outcome = asset_server.Outcome()
    server = site.server(outcome)
    server.web = Server("127.0.0.1", "localhost", str(site.served.certificate), 1, 2, 2)
    manifest = server.trusted_manifest("r1", site.kept.manifest.sha256, site.signers)
    with pytest.raises(AssetError, match="does not answer: Connection refused"):
        server.distribute(manifest)
    assert (outcome.sent, outcome.verified) == (5, 0)
    assert not site.marker.exists()
