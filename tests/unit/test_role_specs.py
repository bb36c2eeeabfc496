"""Argument specs, defaults, READMEs and locks agree with each other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import util
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/tasks/main.yml"))
DERIVED = ROOT / "inventories" / "shared" / "derived"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


def derived() -> dict[str, Any]:
    """Everything that the groups derive; no two themes may say it."""
    found: dict[str, Any] = {}
    for path in DERIVED.glob("*.yml"):
        theme = load(path)
        assert not set(theme) & set(found), f"{path} says again: {set(theme) & set(found)}"
        found |= theme
    return found


def specs(role: Path) -> dict[str, Any]:
    found = load(role / "meta" / "argument_specs.yml")
    assert found, f"roles/{role.name}/meta/argument_specs.yml is missing"
    return dict(found["argument_specs"])


def options(role: Path) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for spec in specs(role).values():
        merged.update(spec.get("options") or {})
    return merged


def live_text(role: Path) -> str:
    """Everything in a role that can use a variable."""
    parts = [
        path.read_text(encoding="utf-8")
        for folder in ("tasks", "handlers", "templates", "vars", "defaults")
        for path in sorted((role / folder).rglob("*"))
        if path.is_file()
    ]
    # A line that merely gives a default does not make it live.
    return re.sub(r"(?m)^\w+:", "", "\n".join(parts))


per_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


@per_role
def test_every_default_is_specified(role: Path) -> None:
    defaults = load(role / "defaults" / "main.yml") or {}
    assert set(defaults) <= set(options(role)), f"roles/{role.name}/defaults/main.yml"


@per_role
def test_every_option_has_a_default_or_is_required(role: Path) -> None:
    defaults = load(role / "defaults" / "main.yml") or {}
    given = derived()
    neither = [
        name
        for name, option in options(role).items()
        if name not in defaults and name not in given and not option.get("required")
    ]
    both = [name for name in defaults if options(role).get(name, {}).get("required")]
    assert neither == []
    assert both == []


@per_role
def test_every_required_option_is_derived_or_asked_of_the_operator(role: Path) -> None:
    given = set(derived())
    given |= set(load(ROOT / "inventories/single/group_vars/all/main.yml"))
    entry = {
        name
        for spec in specs(role).values()
        for name, option in (spec.get("options") or {}).items()
        if option.get("required") and name.startswith((f"{role.name}_", "moztrap_", "tls_"))
    }
    assert entry <= given


@per_role
def test_every_option_is_live(role: Path) -> None:
    text = live_text(role)
    dead = [name for name in options(role) if not re.search(rf"\b{name}\b", text)]
    assert dead == [], f"roles/{role.name}: specified but used nowhere"


@per_role
def test_every_option_says_what_it_means(role: Path) -> None:
    for name, option in options(role).items():
        assert option.get("description"), f"{role.name}: {name} has no description"
        assert option.get("type"), f"{role.name}: {name} has no type"


@per_role
def test_every_entry_point_exists(role: Path) -> None:
    for entry in specs(role):
        assert (role / "tasks" / f"{entry}.yml").exists()


@per_role
def test_a_role_has_no_dependencies(role: Path) -> None:
    assert not (load(role / "meta" / "main.yml") or {}).get("dependencies")


def test_readmes_are_what_the_specs_say() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "role-readme", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_collections_are_those_that_the_ansible_package_bundles() -> None:
    # Beside ansible-core, which may have put a loader of its own in front of this package.
    core = util.find_spec("ansible")
    assert core is not None, "ansible is not installed: pip install -r requirements.txt"
    bundle = Path(str(core.origin)).parents[1] / "ansible_collections"
    for collection in load(ROOT / "requirements.yml")["collections"]:
        manifest = bundle.joinpath(*collection["name"].split("."), "MANIFEST.json")
        bundled = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
        assert collection["version"] == bundled, collection["name"]


def test_every_inventory_links_to_what_follows_from_its_groups() -> None:
    inventories = [path.parent for path in ROOT.glob("inventories/*/hosts.yml")]
    assert inventories
    for inventory in inventories:
        link = inventory / "group_vars" / "all" / "00-derived"
        assert link.is_symlink(), f"{link} is not a link"
        assert link.resolve() == DERIVED
        assert not link.readlink().is_absolute(), f"{link} breaks when the checkout moves"
