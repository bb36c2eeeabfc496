"""What one static server does with a release: plan, distribute, verify."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap import signature
from ansible.module_utils.moztrap.asset_errors import AssetError
from ansible.module_utils.moztrap.asset_folder import ALTERED, MISSING, AssetFolder
from ansible.module_utils.moztrap.asset_manifest import AssetManifest, ManifestError, parse
from ansible.module_utils.moztrap.asset_records import Records, marker_text
from ansible.module_utils.moztrap.exchange import Supply
from ansible.module_utils.moztrap.pipeline import Server
from ansible.module_utils.moztrap.proof import Proof, marker_problem, prove

MOST_MISMATCHES = 20
MOST_DRIFT = 200


@dataclass
class Outcome:
    """How far it got."""

    changed: bool = False
    files: int = 0
    missing: int = 0
    altered: int = 0
    sent: int = 0
    bytes: int = 0
    verified: int = 0
    # Kind, path, and what is wrong with it.
    drift: list[tuple[str, str, str]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """What the module returns."""
        return asdict(self)

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add what happens inside to a phase's seconds."""
        begin = time.monotonic()
        try:
            yield
        finally:
            spent = self.seconds.get(phase, 0.0) + time.monotonic() - begin
            self.seconds[phase] = round(spent, 3)


@dataclass
class AssetServer:
    """The folder of a static server, its web server, and where a release comes from."""

    folder: Path
    web: Server
    static_url: str
    supply: Supply
    outcome: Outcome

    def __post_init__(self) -> None:
        self._files = AssetFolder(self.folder)
        self._records = Records(self.folder)
        self._content = b""
        self._signature = b""

    def trusted_manifest(self, release_id: str, sha256: str, signers: str) -> AssetManifest:
        """The manifest that was asked for: the one staged here, or else the supplied one.

        Raises AssetError when its digest is another or its signature does not hold.
        """
        staged = (self._records.manifest_path(release_id), self._records.signature_path(release_id))
        try:
            self._content, self._signature = (path.read_bytes() for path in staged)
        except OSError:
            self._content = b""
        if not self._content or self._refusal(sha256, signers):
            self._content, self._signature = self.supply.manifest()
            refusal = self._refusal(sha256, signers)
            if refusal:
                raise AssetError(
                    f"The manifest of release {release_id} is refused on this server: {refusal}. "
                    "Nothing was written. Run it again; if that does not help, remove the "
                    "release's folder from the controller's store, and it is built anew."
                )
        try:
            manifest = parse(self._content, release_id=release_id)
        except ManifestError as error:
            raise AssetError(
                f"The manifest of release {release_id} is refused: {error}."
            ) from error
        self.outcome.files = len(manifest.assets)
        return manifest

    def plan(self, manifest: AssetManifest) -> None:
        """Tell what would be sent; change nothing."""
        lacking = self._look(manifest)
        self.outcome.changed = bool(lacking) or not self._records.is_proven(manifest)
        self.outcome.bytes = _size(manifest, lacking)

    def send(self, manifest: AssetManifest) -> None:
        """Write what is lacking, without a proof and so without a marker."""
        with self._records.held():
            self._send(manifest)

    def distribute(self, manifest: AssetManifest) -> None:
        """Write what is lacking and prove everything; the marker is there only if all is well."""
        with self._records.held():
            self._send(manifest)
            proof = self._prove(manifest)
            if proof.mismatches:
                self._records.unmark(manifest.release_id)
                lacking = self._look(manifest)
                if lacking:
                    # What no glance sees, such as a disk that forgets: put right as well.
                    self._repair(manifest, lacking)
                    proof = self._prove(manifest)
            self._mark(manifest, proof)

    def verify(self, manifest: AssetManifest) -> None:
        """Collect what departs from the manifest, on disk and over HTTPS; change nothing."""
        lacking = self._look(manifest)
        drift = [(kind, path, "on disk") for path, kind in lacking.items()]
        drift += [("unexpected", path, "in no manifest") for path in self._unexpected(manifest)]
        present = [asset for asset in manifest.assets if asset.path not in lacking]
        with self.outcome.timed("prove"):
            proof = prove(
                present,
                self.web,
                self.static_url,
                names=manifest.by_path,
                at_most=MOST_MISMATCHES,
            )
        self.outcome.verified = proof.proven
        drift += [
            ("served", wrong.path, f"{wrong.what}: expected {wrong.expected}, found {wrong.found}")
            for wrong in proof.mismatches
        ]
        if proof.failure:
            drift.append(("server", self.static_url, proof.failure))
        if not drift and not self._records.is_proven(manifest):
            drift.append(("missing", f"proofs/{manifest.release_id}.txt", "the proof marker"))
        self.outcome.drift = drift[:MOST_DRIFT]

    def _refusal(self, sha256: str, signers: str) -> str:
        if hashlib.sha256(self._content).hexdigest() != sha256:
            return "its digest is not the one that the controller names"
        with tempfile.TemporaryDirectory(prefix="moztrap-") as folder:
            content, detached = Path(folder, "content"), Path(folder, "signature")
            content.write_bytes(self._content)
            detached.write_bytes(self._signature)
            return signature.problem(content, detached, signers)

    def _look(self, manifest: AssetManifest, *, glance: bool = False) -> dict[str, str]:
        with self.outcome.timed("look"):
            lacking = self._files.lacking(manifest, glance=glance)
        kinds = list(lacking.values())
        self.outcome.missing += kinds.count(MISSING)
        self.outcome.altered += kinds.count(ALTERED)
        return lacking

    def _send(self, manifest: AssetManifest) -> None:
        if self._records.stage(manifest, self._content, self._signature, time.time()):
            self.outcome.changed = True
        # A glance is enough here: the proof reads and hashes every file.
        self._repair(manifest, self._look(manifest, glance=True))

    def _repair(self, manifest: AssetManifest, lacking: Mapping[str, str]) -> None:
        if not lacking:
            return
        self.outcome.changed = True
        self._records.unmark(manifest.release_id)
        wanted = [asset for asset in manifest.assets if asset.path in lacking]
        self._files.check_room(wanted)
        with self.outcome.timed("send"):
            coming, source = self.supply.files(manifest, wanted)
            with source:
                written = self._files.write(coming, source)
        self.outcome.sent += written.files
        self.outcome.bytes += written.bytes
        left = self._files.lacking(manifest) if len(coming) < len(wanted) else {}
        if left:
            raise AssetError(
                f"{len(left)} files are still lacking, {min(left)} for one: they changed while "
                "this ran. Run it again."
            )

    def _prove(self, manifest: AssetManifest) -> Proof:
        with self.outcome.timed("prove"):
            proof = prove(manifest.assets, self.web, self.static_url, names=manifest.by_path)
        self.outcome.verified = proof.proven
        return proof

    def _mark(self, manifest: AssetManifest, proof: Proof) -> None:
        """Leave the marker after a proof that holds; raises AssetError, without one, if not."""
        if not proof.holds:
            wrong = str(proof.mismatches[0]) if proof.mismatches else proof.failure
            raise AssetError(
                f"{self.web.address} does not serve release {manifest.release_id} as it must: "
                f"{wrong}. All files are in place on its disk; visitors still get the earlier "
                "release. Look at its web server (journalctl -u apache2 -u nginx) and run it "
                "again: nothing is sent twice."
            )
        if self._records.mark(manifest):
            self.outcome.changed = True
        expected = hashlib.sha256(marker_text(manifest)).hexdigest()
        wrong = marker_problem(manifest.release_id, expected, self.web, self.static_url)
        if wrong:
            self._records.unmark(manifest.release_id)
            raise AssetError(
                f"{self.web.address} serves every file of release {manifest.release_id}, but not "
                f"the proof marker: {wrong}. Look at its web server's part for {self.static_url}."
            )

    def _unexpected(self, manifest: AssetManifest) -> list[str]:
        if not self.folder.is_dir():
            return []
        staged = {**self._records.staged(), manifest.release_id: manifest}
        known = {path for found in staged.values() for path in found.by_path}
        known |= {f"proofs/{release_id}.txt" for release_id in staged}
        return sorted(path for path in self._files.files() if path not in known)


def _size(manifest: AssetManifest, paths: Mapping[str, str]) -> int:
    return sum(manifest.by_path[path].size for path in paths)
