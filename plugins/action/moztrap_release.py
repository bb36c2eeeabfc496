"""Name the release on the controller, before anything is built, or take a kept one by its id.

Sets the fact `moztrap_release` on every host of the play: `id`, `dirty`, `commit`, `kept`
(is it in the store of artefacts?), `folder` (where it is or will be kept), `environment` (how
it carries its Python packages), `packages` (of Debian, which it counts on) and `held` (does
the site stay at a release that a person went back to?).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

PLUGINS = Path(__file__).resolve().parents[1]
# Ansible looks for shared code in this folder for modules only.
if str(PLUGINS / "module_utils") not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(str(PLUGINS / "module_utils"))

from ansible.module_utils.moztrap import environment, release, store  # noqa: E402
from ansible.module_utils.moztrap.pool import Pool  # noqa: E402

RECIPE = (
    PLUGINS / "modules" / "moztrap_build.py",
    PLUGINS / "module_utils" / "moztrap" / "archive.py",
    PLUGINS / "module_utils" / "moztrap" / "assets.py",
    PLUGINS / "module_utils" / "moztrap" / "background.py",
    PLUGINS / "module_utils" / "moztrap" / "build.py",
    PLUGINS / "module_utils" / "moztrap" / "environment.py",
    PLUGINS / "module_utils" / "moztrap" / "files.py",
)


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: source, store, what decides the name, and what a person chose.

    `release_id` is the id of a kept release, `held` a hold of the site's record; either is
    released as it is kept, whatever the source has become.
    """

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "source": {"type": "path", "required": True},
                "store": {"type": "path", "required": True},
                "pool": {"type": "path", "required": True},
                "build_settings": {"type": "dict", "required": True},
                "platform": {"type": "dict", "required": True},
                "allow_dirty": {"type": "bool", "default": False},
                "release_id": {"type": "str", "default": ""},
                "held": {"type": "dict", "default": {}},
            }
        )
        folder, pool = Path(arguments["store"]), Pool(Path(arguments["pool"]))
        held = arguments["held"]
        chosen = str(held.get("release", "") or arguments["release_id"])
        if held:
            self._display.warning(
                f"The site is held at release {chosen}, which {held['by']} went back to at "
                f"{held['at']}{': ' if held['reason'] else ''}{held['reason']}. The source is not "
                "released. To go on from there: ansible-playbook playbooks/release.yml"
            )
        platform = _plain(arguments["platform"])
        fact = _kept(chosen, folder, pool, platform) if chosen else _new(arguments, pool)
        fact["held"] = bool(held)
        marked = f"{fact['id']}-dirty" if fact["dirty"] else fact["id"]
        result.update(
            changed=False,
            msg=f"release {marked}, {'kept' if fact['kept'] else 'to be built'}",
            ansible_facts={"moztrap_release": fact},
        )
        return result


def _new(arguments: dict[str, Any], pool: Pool) -> dict[str, Any]:
    """What the source is a release of."""
    try:
        source = release.read_source(Path(arguments["source"]).resolve())
    except release.SourceError as error:
        raise AnsibleActionFail(str(error)) from error
    if source.dirty and not arguments["allow_dirty"]:
        raise AnsibleActionFail(
            f"The source tree {source.root} has changes that are not committed. "
            "Commit them, or release them as they are, marked as dirty, "
            "with: -e release_dirty=true"
        )
    identifier = release.release_id(
        source,
        build_settings=_plain(arguments["build_settings"]),
        platform=_plain(arguments["platform"]),
        recipe=release.recipe_digest(RECIPE),
    )
    folder = Path(arguments["store"]) / identifier
    chosen = str(arguments["build_settings"].get("environment", environment.VENV))
    return {
        "id": identifier,
        "dirty": source.dirty,
        "commit": source.commit,
        "kept": store.is_kept(folder, pool),
        "folder": str(folder),
        "environment": chosen,
        "packages": debian_packages(source.root, chosen, _plain(arguments["platform"])),
    }


def debian_packages(root: Path, chosen: str, platform: dict[str, Any]) -> list[str]:
    """What the hosts' own packages have to serve."""
    if chosen != environment.VENDOR:
        return []
    listed = root / environment.COMPILED
    if not listed.is_file() or not (root / "bin" / "generate-vendor-lib").is_file():
        raise AnsibleActionFail(
            f"The source tree {root} knows no vendor library: it has no {environment.COMPILED}. "
            "Set moztrap_python_env: venv, or release a newer source."
        )
    return environment.debian_packages(listed.read_text().splitlines(), platform["version"])


def _kept(identifier: str, releases: Path, pool: Pool, platform: dict[str, Any]) -> dict[str, Any]:
    """A release of the store, by its id, as it was built."""
    folder = releases / identifier
    if not store.is_kept(folder, pool):
        known = ", ".join(store.kept_releases(releases, pool)) or "none"
        raise AnsibleActionFail(
            f"Release {identifier} is not kept in {releases}. Kept there, newest first: {known}. "
            "Name one of these with -e release_id=<id>, or check out the source that it was "
            "built from and run playbooks/release.yml, which builds it again."
        )
    described = json.loads((folder / store.RELEASE).read_text())
    if described.get("platform", platform) != platform:
        raise AnsibleActionFail(
            f"Release {identifier} was built for {release.platform_name(described['platform'])}, "
            f"but the hosts have {release.platform_name(platform)}. Check out the source that it "
            "was built from and run playbooks/release.yml, which builds it for them."
        )
    return {
        "id": identifier,
        "dirty": str(described.get("name", "")).endswith("-dirty"),
        "commit": "",
        "kept": True,
        "folder": str(folder),
        # Those of before the choice existed do not say.
        "environment": described.get("environment", environment.VENV),
        "packages": described.get("packages", []),
    }


def _plain(value: Any) -> Any:
    """The same data without Ansible's tags."""
    return json.loads(json.dumps(value, default=str))
