"""Print how a site stands: what is live, who holds the lock, every host, kept releases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import store, table  # noqa: E402
from ansible.module_utils.moztrap.pool import Pool  # noqa: E402

GROUPS = ("balancer", "web", "static", "db", "cache", "mail", "build")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `found` (the name under which hosts registered), `lock`, `store`, `pool`."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {
                "site": {"type": "str", "required": True},
                "found": {"type": "str", "required": True},
                "record": {"type": "dict", "required": True},
                "lock": {"type": "str", "required": True},
                "store": {"type": "path", "required": True},
                "pool": {"type": "path", "required": True},
            }
        )
        hosts = {
            name: (
                variables["hostvars"][name].get(arguments["found"]) or {},
                groups_of(variables, name),
            )
            for name in variables["groups"]["all"]
        }
        kept = store.kept_releases(Path(arguments["store"]), Pool(Path(arguments["pool"])))
        lines = [
            *summary(arguments["site"], arguments["record"], arguments["lock"]),
            "",
            *host_table(hosts),
            "",
            *kept_lines(kept, arguments["record"]),
        ]
        self._display.display("\n" + "\n".join(lines) + "\n")
        return result | {"changed": False, "lines": lines}


def groups_of(variables: dict[str, Any], host: str) -> list[str]:
    """What a host is for."""
    return [group for group in GROUPS if host in variables["groups"].get(group, [])]


def summary(site: str, record: dict[str, Any], lock: str) -> list[str]:
    """The site as a whole."""
    live = record["deployment"] or "nothing"
    since = f" since {record['activated_at']}" if record["activated_at"] else ""
    lines = [f"{site}", f"  live      {live}{since}"]
    if record["activating"]:
        lines.append(f"  under way {record['activating']} was not activated to the end")
    lines.append(f"  before    {record['previous'] or 'nothing'}")
    hold = record["hold"]
    if hold:
        reason = f": {hold['reason']}" if hold["reason"] else ""
        lines.append(
            f"  held      at {hold['release']} by {hold['by']} since {hold['at']}{reason}; "
            "playbooks/release.yml goes on"
        )
    lines.append(f"  lock      {lock}")
    return lines


def host_table(hosts: dict[str, tuple[dict[str, Any], list[str]]]) -> list[str]:
    """A line for each host, and one more for each further thing it serves."""
    rows: list[tuple[str, str, str, str]] = []
    for name, (found, groups) in hosts.items():
        if found.get("unreachable") or not found:
            rows.append((name, ", ".join(groups), "-", "UNREACHABLE"))
            continue
        if found.get("failed"):
            rows.append((name, ", ".join(groups), "-", str(found.get("msg", "failed"))))
            continue
        pairs = list(zip(found["serves"], found["states"], strict=True)) or [("-", "reached")]
        for number, (serves, state) in enumerate(pairs):
            first = (name, ", ".join(groups)) if number == 0 else ("", "")
            rows.append((*first, serves, state))
    return table.render(("host", "groups", "serves", "state"), rows)


def kept_lines(kept: list[str], record: dict[str, Any]) -> list[str]:
    """What can be gone back to or released again without a build."""
    if not kept:
        return ["No release is kept on this controller."]
    marks = {record["previous"]: " (before)", record["current"]: " (live)"}
    shown = ", ".join(name + marks.get(name, "") for name in kept)
    return [f"Kept on this controller, newest first: {shown}"]
