"""What our action plugins share: running a module of ours with files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail


def ship(action: Any, local: Path, name: str) -> str:
    """Put a controller's file into the task's temporary folder on the host; return its path."""
    shell = action._connection._shell
    if not shell.tmpdir:
        action._make_tmp_path()
    remote = str(shell.join_path(shell.tmpdir, name))
    action._transfer_file(str(local), remote)
    action._fixup_perms2((shell.tmpdir, remote))
    return remote


def own_folder(action: Any) -> str:
    """A folder on the host that belongs to the user whom Ansible logs in as."""
    if not action._connection._shell.tmpdir:
        action._make_tmp_path()
    return str(action._connection._shell.tmpdir)


def run_module(
    action: Any, name: str, arguments: dict[str, Any], task_vars: dict[str, Any]
) -> dict[str, Any]:
    """Run one of our modules on the host; a failure of it becomes the task's."""
    result: dict[str, Any] = action._execute_module(
        module_name=name, module_args=arguments, task_vars=task_vars
    )
    result.pop("invocation", None)
    if result.get("failed"):
        # A module that could not even begin says why on its error output alone.
        said = str(result.get("module_stderr") or "").strip()
        raise AnsibleActionFail(said or str(result.get("msg") or f"{name} failed"))
    return result


def clean_up(action: Any) -> None:
    """Remove the task's temporary folder on the host."""
    action._remove_tmp_path(action._connection._shell.tmpdir)
