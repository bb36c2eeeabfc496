"""What goes wrong on one server is told by name, and stops the rollout before its next stage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.helpers.fleet import FOLDER, Fleet, Rollout

FILES = {
    "rollout/a.0123456789ab.css": b"a { color: red }\n" * 50,
    "rollout/plain.txt": b"text whose name stays\n",
}
LARGE = FILES | {"rollout/large.0123456789ab.bin": bytes(12_000_000)}


def roll_out_into_trouble(fleet: Fleet, release: str, *words: str) -> Rollout:
    """The second server is in trouble: the first is proven, the third and fourth not begun."""
    done = fleet.run("assets", release_id=release)
    assert done.run.status != 0
    for word in words:
        assert word in done.output, f"{word!r} is not in:\n{done.run.explain(90)}"
    assert [done.servers[name]["state"] for name in fleet.names] == [
        "done", "FAILED", "not begun", "not begun",
    ]  # fmt: skip
    assert fleet.holders(release) == fleet.names[:1]
    return done


def finish(fleet: Fleet, release: str) -> Rollout:
    """The same command once more."""
    done = fleet.run("assets", release_id=release)
    assert done.run.status == 0, done.run.explain()
    assert fleet.holders(release) == fleet.names
    return done


def test_a_stale_file_is_named_with_what_was_expected_and_found(fleet: Fleet) -> None:
    fleet.keep("rollout-stale", FILES)
    second = fleet.names[1]
    fleet.sh(second, f"mkdir -p {FOLDER}/rollout; echo old > /srv/stale")
    fleet.run("assets", "--limit", second, release_id="rollout-stale")
    apache = "$(systemctl show -P MainPID apache2)"
    # Only the web server sees the old content; the disk is right.
    fleet.sh(
        second,
        f"nsenter -t {apache} -m mount --bind /srv/stale {FOLDER}/rollout/plain.txt",
    )
    try:
        done = roll_out_into_trouble(
            fleet, "rollout-stale", "rollout/plain.txt: length: expected 22 bytes, found 4 bytes"
        )
    finally:
        fleet.sh(second, f"nsenter -t {apache} -m umount {FOLDER}/rollout/plain.txt")
    assert second in done.output
    finish(fleet, "rollout-stale")


def test_a_server_that_is_down_is_named_in_one_line(fleet: Fleet) -> None:
    fleet.keep("rollout-down", FILES)
    fleet.sh(fleet.names[1], "systemctl stop apache2")
    done = roll_out_into_trouble(
        fleet, "rollout-down", ":443 does not answer: Connection refused", "nothing is sent twice"
    )
    assert done.servers[fleet.names[1]]["sent"] == 2
    fleet.sh(fleet.names[1], "systemctl start apache2")
    assert finish(fleet, "rollout-down").servers[fleet.names[1]]["sent"] == 0


def test_a_server_that_hangs_is_given_up_and_named(fleet: Fleet) -> None:
    fleet.keep("rollout-slow", FILES)
    fleet.sh(fleet.names[1], "systemctl kill -s STOP apache2")
    roll_out_into_trouble(fleet, "rollout-slow", ":443 is too slow: no TLS handshake within 10 s")
    fleet.sh(fleet.names[1], "systemctl kill -s CONT apache2")
    finish(fleet, "rollout-slow")


@contextmanager
def small_disk(fleet: Fleet, name: str, options: str) -> Iterator[None]:
    fleet.sh(name, f"mount -t tmpfs -o mode=755,{options} tmpfs {FOLDER}")
    try:
        yield
    finally:
        fleet.sh(name, f"umount -l {FOLDER}; systemctl restart apache2")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("size=20m", "the disk is full. Nothing was written. Make room"),
        ("size=60m,ro", "mounted read-only. Look at the host's journal"),
    ],
)
def test_a_disk_that_takes_nothing_is_told_with_what_to_do(
    fleet: Fleet, options: str, words: str
) -> None:
    fleet.keep("rollout-disk", LARGE)
    second = fleet.names[1]
    with small_disk(fleet, second, options):
        roll_out_into_trouble(fleet, "rollout-disk", words)
        assert not fleet.exists(second, "rollout")
        assert not fleet.exists(second, ".incoming")
    finish(fleet, "rollout-disk")


@pytest.mark.parametrize("what", ["assets.json", "assets.json.sig", "pool"])
def test_a_changed_byte_on_the_controller_is_refused_by_name(fleet: Fleet, what: str) -> None:
    release = f"rollout-altered-{what.replace('.', '-')}"
    own = {f"rollout/{what}.bin": what.encode() * 100}
    fleet.keep(release, FILES | own)
    path = fleet.state / "artefacts" / release / what
    if what == "pool":
        digest = hashlib.sha256(own["rollout/pool.bin"]).hexdigest()
        path = fleet.state / "assets" / digest[:2] / digest
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    done = fleet.run("assets", release_id=release)
    path.unlink()
    assert done.run.status != 0
    named = str(path).removesuffix(".sig")
    assert named in done.output.replace("\n", ""), done.run.explain()
    assert not any(fleet.exists(name, "rollout") for name in fleet.names)
    assert fleet.holders(release) == []
