"""Watches the process lists of a host for a marker that must never appear in them.

    python3 process_watch.py

Reads the marker from the first line of standard input, so that it is no argument, and
looks until standard input ends. Then prints a JSON list of what was seen: command lines
of everybody, environments of everybody but root. Imports nothing outside Python itself:
the same file runs here and, sent as text, on hosts.
"""

import json
import select
import sys
from pathlib import Path

PAUSE_SECONDS = 0.03


def look(marker: bytes, seen: dict[str, str]) -> None:
    """Add every process that shows the marker now."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            names = ["cmdline"] if process.stat().st_uid == 0 else ["cmdline", "environ"]
            for name in names:
                content = (process / name).read_bytes()
                if marker in content:
                    words = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                    shown = words.replace(marker, b"<the planted secret>").decode(
                        "utf-8", "replace"
                    )
                    seen[f"{name} of: {shown[:300]}"] = process.name
        except OSError:
            # It ended while we looked: the next look finds the others.
            continue


def main() -> None:
    """Look until standard input ends."""
    marker = sys.stdin.readline().strip().encode()
    if len(marker) < 8:
        sys.exit("the first line of standard input is the marker, 8 characters or more")
    seen: dict[str, str] = {}
    looks = 0
    while True:
        look(marker, seen)
        looks += 1
        if select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
            break
    print(json.dumps({"looks": looks, "seen": sorted(seen)}))


if __name__ == "__main__":
    main()
