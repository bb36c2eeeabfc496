"""Any server can be proven, repaired and filled, from the signed manifest alone."""

from __future__ import annotations

from tests.helpers.fleet import FOLDER, Fleet

NEW = {
    "rollout/shared.0123456789ab.css": b"a { color: red }\n" * 50,
    "rollout/new.0123456789ab.js": b"new();\n" * 50,
    "rollout/plain.txt": b"text\n",
}


def test_drift_is_listed_changes_nothing_and_is_put_right(fleet: Fleet) -> None:
    fleet.keep("rollout-drift", NEW)
    filled = fleet.run("assets", release_id="rollout-drift")
    assert filled.run.status == 0, filled.run.explain()
    proof = fleet.run("verify", release_id="rollout-drift")
    assert proof.run.status == 0, proof.run.explain()
    assert proof.run.changed == 0
    third = fleet.names[2]
    fleet.sh(
        third,
        f"cd {FOLDER}/rollout; rm plain.txt; echo > foreign.js; echo >> new.0123456789ab.js",
    )
    before = fleet.sh(third, f"find {FOLDER} -printf '%p %T@ %C@\\n' | sort | sha256sum")
    drifted = fleet.run("verify", release_id="rollout-drift")
    assert drifted.run.status != 0
    found = {(kind, path) for kind, path, _ in drifted.servers[third]["drift"]}
    assert found == {
        ("missing", "rollout/plain.txt"),
        ("altered", "rollout/new.0123456789ab.js"),
        ("unexpected", "rollout/foreign.js"),
    }
    assert [drifted.servers[name]["drift"] for name in fleet.names if name != third] == [[]] * 3
    after = fleet.sh(third, f"find {FOLDER} -printf '%p %T@ %C@\\n' | sort | sha256sum")
    assert after == before
    repaired = fleet.run("assets", release_id="rollout-drift")
    assert [repaired.servers[name]["sent"] for name in fleet.names] == [0, 0, 2, 0]
    fleet.sh(third, f"rm {FOLDER}/rollout/foreign.js")
    assert fleet.run("verify", release_id="rollout-drift").run.status == 0


def test_a_rebuilt_server_is_filled_by_the_same_command(fleet: Fleet) -> None:
    fleet.keep("rollout-rebuilt", NEW)
    fleet.run("assets", release_id="rollout-rebuilt")
    last = fleet.names[-1]
    fleet.sh(last, f"mkdir /root/before; mv {FOLDER}/* {FOLDER}/.m* /root/before/")
    try:
        filled = fleet.run("assets", "--limit", last, release_id="rollout-rebuilt")
        assert filled.run.status == 0, filled.run.explain()
        assert filled.servers[last]["sent"] == len(NEW)
        assert fleet.holders("rollout-rebuilt") == fleet.names
    finally:
        fleet.sh(
            last, f"rm -rf {FOLDER}/* {FOLDER}/.m*; mv /root/before/* /root/before/.m* {FOLDER}/"
        )
        fleet.sh(last, "rmdir /root/before")
