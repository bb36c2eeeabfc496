"""Starts watches over process lists, here and on a host, and reads what they saw."""

import json
import subprocess
import sys
from pathlib import Path

from tests.helpers import process_watch


class Watch:
    """One running watch over a process list, here or on a host."""

    def __init__(self, command: list[str], marker: str) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(marker + "\n")
        self._process.stdin.flush()

    def end(self) -> dict[str, object]:
        """Stop looking and say what was seen."""
        output, _ = self._process.communicate(timeout=60)
        report: dict[str, object] = json.loads(output)
        return report


def here_and_there(testbed: Path, host: str, marker: str) -> list[Watch]:
    """Watch this machine and a host of a testbed for a marker, in this order."""
    script = Path(process_watch.__file__).read_text()
    there = ["ssh", "-F", str(testbed / "ssh_config"), host, f"python3 -c {_quoted(script)}"]
    return [Watch([sys.executable, process_watch.__file__], marker), Watch(there, marker)]


def _quoted(script: str) -> str:
    """Quote for the shell at the other end."""
    return "'" + script.replace("'", "'\\''") + "'"
