"""Name the release on the controller, before anything is built, or take a kept one by its id.

Sets the fact `moztrap_release` on every host of the play: `id`, `dirty`, `kept`
(is it in the store of artefacts?), `folder` (where it is or will be kept) and `source`.
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

from ansible.module_utils.moztrap import release, store  # noqa: E402
from ansible.module_utils.moztrap.pool import Pool  # noqa: E402

RECIPE = (
    PLUGINS / "modules" / "moztrap_build.py",
    PLUGINS / "module_utils" / "moztrap" / "archive.py",
    PLUGINS / "module_utils" / "moztrap" / "assets.py",
    PLUGINS / "module_utils" / "moztrap" / "background.py",
    PLUGINS / "module_utils" / "moztrap" / "build.py",
    PLUGINS / "module_utils" / "moztrap" / "files.py",
)


class ActionModule(ActionBase):  # type: ignore[misc]
    """`moztrap_release`: see the module's text."""

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
                "release_id": {"type": "str", "default": ""},
                "build_settings": {"type": "dict", "required": True},
                "platform": {"type": "dict", "required": True},
                "allow_dirty": {"type": "bool", "default": False},
            }
        )
        pool = Pool(Path(arguments["pool"]))
        if arguments["release_id"]:
            fact = _kept(arguments["release_id"], Path(arguments["store"]), pool)
            result.update(
                changed=False,
                msg=f"release {fact['id']}, kept",
                ansible_facts={"moztrap_release": fact},
            )
            return result
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
        kept = store.is_kept(folder, pool)
        fact = {
            "id": identifier,
            "dirty": source.dirty,
            "commit": source.commit,
            "kept": kept,
            "folder": str(folder),
        }
        marked = f"{identifier}-dirty" if source.dirty else identifier
        result.update(
            changed=False,
            msg=f"release {marked}, {'kept' if kept else 'to be built'}",
            ansible_facts={"moztrap_release": fact},
        )
        return result


def _kept(release_id: str, folder: Path, pool: Pool) -> dict[str, Any]:
    """The fact about a release that was kept before; refused by name where there is none."""
    if not store.is_kept(folder / release_id, pool):
        known = store.kept_releases(folder, pool)
        raise AnsibleActionFail(
            f"Release {release_id} (from -e release_id) is not kept in {folder}. "
            + (f"There are, newest first: {', '.join(known)}." if known else "None is.")
        )
    described = json.loads((folder / release_id / store.RELEASE).read_text())
    return {
        "id": release_id,
        "dirty": str(described.get("name", "")).endswith("-dirty"),
        "commit": "",
        "kept": True,
        "folder": str(folder / release_id),
    }


def _plain(value: Any) -> Any:
    """The same data without Ansible's tags."""
    return json.loads(json.dumps(value, default=str))
