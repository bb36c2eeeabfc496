"""What no release needs any more goes from every server, and nothing else does."""

from __future__ import annotations

from tests.helpers.fleet import Fleet

SHARED = {"rollout/shared.0123456789ab.css": b"a { color: red }\n" * 50}
OLD = SHARED | {"rollout/old.0123456789ab.js": b"old();\n" * 50}
NEW = SHARED | {"rollout/new.0123456789ab.js": b"new();\n" * 50, "rollout/plain.txt": b"text\n"}


def test_old_assets_go_after_their_days_of_grace_and_can_be_seen_before(fleet: Fleet) -> None:
    for release, files in (("rollout-old", OLD), ("rollout-new", NEW)):
        fleet.keep(release, files)
        assert fleet.run("assets", release_id=release).run.status == 0
    # The store keeps the live release besides the newest, which is the new one.
    kept = ("-e", "artefact_keep=1")
    first = fleet.run("prune", *kept)
    assert first.run.status == 0, first.run.explain()
    assert not (fleet.state / "artefacts" / "rollout-old").exists()
    assert {row["count"] for row in first.servers.values()} == {0}
    assert all(fleet.exists(name, "rollout/old.0123456789ab.js") for name in fleet.names)
    preview = fleet.run("prune", *kept, "-e", "assets_grace_days=0", "--check")
    assert "rollout/old.0123456789ab.js" in preview.output, preview.run.explain()
    assert all(fleet.exists(name, "rollout/old.0123456789ab.js") for name in fleet.names)
    pruned = fleet.run("prune", *kept, "-e", "assets_grace_days=0")
    assert pruned.run.status == 0, pruned.run.explain()
    for name in fleet.names:
        assert pruned.servers[name]["removed"] == ["rollout/old.0123456789ab.js"]
        assert not fleet.exists(name, "rollout/old.0123456789ab.js")
        assert not fleet.exists(name, "proofs/rollout-old.txt")
    assert fleet.run("verify", release_id="rollout-new").run.status == 0
    assert fleet.run("verify").run.status == 0
