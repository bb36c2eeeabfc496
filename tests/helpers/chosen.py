"""Choices that tests make for a site, in its inventory, so that each program sees them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# Read after everything else of the inventory.
_FILE = Path("group_vars", "all", "zz_chosen.yml")


def choose(inventory: Path, choices: Mapping[str, Any]) -> None:
    """Have the inventory say this, and nothing else of what tests chose before."""
    (inventory / _FILE).write_text("---\n" + yaml.safe_dump(dict(choices)))


def forget(inventory: Path) -> None:
    """Have it say what it said at first."""
    (inventory / _FILE).unlink(missing_ok=True)
