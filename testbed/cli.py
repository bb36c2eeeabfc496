"""The testbed's command line."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from testbed.errors import TestbedError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are told to people, not traced."""
    given = _parser().parse_args(arguments)
    # Ansible refuses to start without a UTF-8 locale.
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        return _run(given)
    except TestbedError as error:
        print(f"\ntestbed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntestbed: interrupted; the same command again goes on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m testbed", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make the hosts of a topology, or bring them back")
    up.add_argument("name")
    up.add_argument("--topology", type=Path, help="a file, or a name in testbed/topologies")
    up.add_argument("--suite", help="Debian release of every host: bookworm, trixie, sid")
    down = commands.add_parser("down", help="remove a topology and everything on it")
    down.add_argument("name")
    status = commands.add_parser("status", help="list the hosts of this checkout, and their sites")
    status.add_argument("--inventory", default="", help="only the site of this inventory")
    mail = commands.add_parser("mail", help="show the last mail that the site sent")
    mail.add_argument("name")
    image = commands.add_parser("image", help="build the base image beforehand")
    image.add_argument("suite", nargs="?", default="bookworm")
    demo = commands.add_parser("demo", help="converge, fill and verify: what `make demo` ends with")
    demo.add_argument("name")
    demo.add_argument("--data", default="", help="a folder of exported cases to import")
    demo.add_argument("--product", default="", help="what to call the product imported")
    demo.add_argument("--product-version", default="", help="and its version")
    seed = commands.add_parser("seed", help="fill a converged site with the sample library")
    seed.add_argument("name")
    commands.add_parser("reset", help="remove every host, network and image of the testbed")
    return parser


def _run(given: argparse.Namespace) -> int:
    # Imported here: `image` runs before the virtual environment is there.
    if given.command == "image":
        from testbed import image, preconditions
        from testbed.podman import Podman

        preconditions.check()
        print(image.ensure(Podman(), given.suite))
        return 0
    from testbed import lifecycle

    if given.command == "up":
        from testbed import topology

        lifecycle.up(topology.load(given.name, given.topology, given.suite))
    elif given.command == "down":
        lifecycle.down(given.name)
    elif given.command == "status":
        return _status(given.inventory)
    elif given.command == "mail":
        from testbed import mail

        print(mail.last(given.name))
    elif given.command == "demo":
        from testbed import demo

        data = demo.find_data(given.data, given.product, given.product_version)
        demo.run(given.name, data)
    elif given.command == "seed":
        from testbed import remote

        remote.manage(given.name, ["seed_sample"])
    elif given.command == "reset":
        lifecycle.reset()
    return 0


def _status(inventory: str) -> int:
    from testbed import lifecycle, sites
    from testbed.paths import state_directory

    if inventory:
        return 0 if sites.show(Path(inventory).resolve()) else 1
    rows = lifecycle.status()
    if not rows:
        print("No disposable hosts. `make demo` makes some.")
        return 0
    _print_hosts(rows)
    states = [state_directory(name) for name in sorted({row[0] for row in rows})]
    asked = []
    for state in states:
        if sites.converged(state):
            print()
            asked.append(sites.show(state / "inventory"))
    return 0 if all(asked) else 1


def _print_hosts(rows: Sequence[tuple[str, ...]]) -> None:
    for row in (("TOPOLOGY", "HOST", "ADDRESS", "DEBIAN", "STATE"), *rows):
        print("  ".join(f"{cell:<15}" for cell in row).rstrip())
