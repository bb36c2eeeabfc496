"""What the site runs, what it ran before, and whether a person holds it at a release.

Recorded on the first database host and never guessed from times. `history` lists the
releases that a rollback can walk back through, oldest first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.files import write_atomically

LONGEST_HISTORY = 20


class RecordError(Exception):
    """The record cannot be read, or names no release to go to; the message says what to do."""


@dataclass
class Record:
    """The record of one site."""

    current: str = ""
    deployment: str = ""
    activated_at: str = ""
    history: list[str] = field(default_factory=list)
    activating: str = ""
    """The release whose activation began and was not finished."""
    hold: dict[str, str] = field(default_factory=dict)
    """`release`, `by`, `at` and `reason`, while a person holds the site there."""

    @property
    def previous(self) -> str:
        """The release that was live before the current one."""
        if self.current not in self.history:
            return ""
        position = self.history.index(self.current)
        return self.history[position - 1] if position else ""

    @property
    def needed(self) -> list[str]:
        """Releases that are never pruned."""
        names = [self.current, self.previous, self.activating, self.hold.get("release", "")]
        return sorted({name for name in names if name})

    def back(self) -> str:
        """Where a rollback goes when it is told no release."""
        if self.activating and self.activating != self.current and self.current:
            # Some hosts run it already, others do not: back is where all were.
            return self.current
        if not self.previous:
            raise RecordError(
                "No earlier release is recorded to go back to. Name a kept one: "
                "-e release_id=<id>; `ansible-playbook playbooks/status.yml` lists them."
            )
        return self.previous

    def begin(self, release: str) -> None:
        """An activation begins; until it is finished, `current` stays what it was."""
        self.activating = release

    def finish(self, release: str, deployment: str, now: str) -> None:
        """Every host runs it. Going forward forgets what was gone back from."""
        if release != self.current and release not in self.history:
            if self.current in self.history:
                del self.history[self.history.index(self.current) + 1 :]
            self.history = [*self.history, release][-LONGEST_HISTORY:]
        if (release, deployment) != (self.current, self.deployment):
            self.activated_at = now
        self.current, self.deployment, self.activating = release, deployment, ""

    def went_forward(self, release: str) -> None:
        """It was released, not gone back to: whatever it was before, it is the newest now."""
        if release != self.current and release in self.history:
            self.history.remove(release)

    def as_dict(self) -> dict[str, Any]:
        """For people and playbooks."""
        return asdict(self) | {"previous": self.previous, "needed": self.needed}


class RecordFile:
    """Where the record is kept, in a folder that belongs to root alone."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "record.json"

    def read(self) -> Record:
        """The record; an empty one before the first activation."""
        try:
            return Record(**json.loads(self.path.read_text()))
        except FileNotFoundError:
            return Record()
        except (ValueError, TypeError) as error:
            raise RecordError(
                f"{self.path} cannot be read ({error}). See which release is live with "
                "playbooks/status.yml, remove the file, and release that one by its id."
            ) from error

    def write(self, record: Record) -> bool:
        """Write it if it differs; tell whether it did."""
        if self.path.exists() and self.read() == record:
            return False
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = json.dumps(asdict(record), indent=1) + "\n"
        write_atomically(self.path, content.encode(), mode=0o600)
        return True
