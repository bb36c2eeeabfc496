"""Assets go over the servers of a live site stage by stage, and what differs there is found.

What else may happen on the way is for the tests in `tests/rollout`, with more servers.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.fleet import FOLDER, Fleet

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
RELEASE_ID = "rollout-rolling"
PLAIN = "rollout/plain.txt"
FILES = {PLAIN: b"text\n", "rollout/new.0123456789ab.js": b"new();\n" * 50}
pytestmark = pytest.mark.usefixtures("visitors")


@pytest.fixture
def fleet(inventory: Path) -> Iterator[Fleet]:
    """The servers, on which nothing is left of what the tests send."""
    found = Fleet(inventory)
    yield found
    for name in found.names:
        found.sh(
            name,
            f"cd {FOLDER}; rm -rf rollout .manifests/{RELEASE_ID}* proofs/{RELEASE_ID}*",
        )


def test_assets_are_sent_in_stages_and_a_changed_byte_is_found_and_put_right(fleet: Fleet) -> None:
    fleet.keep(RELEASE_ID, FILES)
    sent = fleet.run("assets", release_id=RELEASE_ID)
    assert sent.run.status == 0, sent.run.explain()
    first, second = fleet.names
    assert sent.servers[first]["stage"] < sent.servers[second]["stage"]
    assert {row["verified"] for row in sent.servers.values()} == {len(FILES)}
    assert fleet.holders(RELEASE_ID) == fleet.names
    fleet.sh(second, f"printf 'Text\\n' > {FOLDER}/{PLAIN}")
    drifted = fleet.run("verify", release_id=RELEASE_ID)
    assert drifted.run.status != 0
    found = {
        name: [(kind, path) for kind, path, _ in row["drift"]]
        for name, row in drifted.servers.items()
    }
    assert found == {first: [], second: [("altered", PLAIN)]}
    repaired = fleet.run("assets", release_id=RELEASE_ID)
    assert {name: row["sent"] for name, row in repaired.servers.items()} == {first: 0, second: 1}
    assert fleet.run("verify", release_id=RELEASE_ID).run.status == 0
