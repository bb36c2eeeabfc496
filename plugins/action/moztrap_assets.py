"""Bring one static server in line with a release: all it needs, over one connection.

Returns `report`: server, stage, files, bytes, verified and seconds, for the table.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import bulk, controller, exchange, store  # noqa: E402
from ansible.module_utils.moztrap.pool import Pool, PoolError  # noqa: E402
from ansible.module_utils.moztrap.stages import stages  # noqa: E402

MODULE = "moztrap_assets"
VERIFIED = "verified"
MOST_CALLS = 4


class ActionModule(ActionBase):  # type: ignore[misc]
    """See the module; here also `release_folder`, `pool`, `signing_key`, `reports`, `stages`."""

    _supports_check_mode = True
    _supports_diff = False
    TRANSFERS_FILES = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._variables = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {
                "release_folder": {"type": "path", "required": True},
                "pool": {"type": "path", "required": True},
                "signing_key": {"type": "path", "required": True},
                "reports": {"type": "path", "required": True},
                "folder": {"type": "str", "required": True},
                "server": {"type": "dict", "required": True},
                "state": {"type": "str", "default": "present"},
                "stages": {"type": "list", "elements": "str", "default": []},
            }
        )
        kept = Path(arguments["release_folder"])
        kind = "planned" if self._task.check_mode else "present"
        self._report: dict[str, Any] = {
            "kind": arguments["state"] if arguments["state"] == VERIFIED else kind,
            "folder": "" if self._task.check_mode else arguments["reports"],
            "release": kept.name,
            "server": str(self._variables["inventory_hostname"]),
            **self._stage(arguments["stages"]),
        }
        begin = time.monotonic()
        if self._task.check_mode and not (kept / store.ASSET_MANIFEST).is_file():
            return result | {"changed": True, "msg": "the assets of a release not built yet"}
        self._pool = Pool(Path(arguments["pool"]))
        try:
            self._kept = store.open_assets(kept, Path(arguments["signing_key"]))
            done = self._run_on_host(arguments)
        except store.StoreError as error:
            done = {"failed": True, "msg": str(error)}
        except PoolError as error:
            done = {
                "failed": True,
                "msg": f"{error}. It was refused, and nothing was sent. Remove {kept} and run "
                "the release again: it is built anew.",
            }
        finally:
            controller.clean_up(self)
        return result | self._described(done, time.monotonic() - begin)

    def _stage(self, sizes: list[str]) -> dict[str, Any]:
        if not sizes:
            return {}
        try:
            found = stages(self._variables["ansible_play_hosts_all"], sizes)
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
        name = self._variables["inventory_hostname"]
        number = next(number for number, hosts in enumerate(found, 1) if name in hosts)
        return {"stage": number, "stages": len(found), "rollout": found}

    def _run_on_host(self, arguments: dict[str, Any]) -> dict[str, Any]:
        options = {
            "state": arguments["state"],
            "release_id": self._kept.manifest.release_id,
            "sha256": self._kept.manifest.sha256,
            "signers": self._kept.signers,
            "folder": arguments["folder"],
            "server": arguments["server"],
        }
        if bulk.is_possible(self):
            streamed = options | {"stream": True}
            try:
                return bulk.run_module(self, MODULE, streamed, self._variables, self._answer)
            except bulk.NoConnectionError as error:
                self._display.vv(f"no connection of its own, so files go the long way: {error}")
        return self._run_in_steps(options)

    def _answer(self, what: str, numbers: list[int]) -> tuple[bytes, Iterable[Path]]:
        if what == exchange.MANIFEST:
            content, signature = self._kept.content, self._kept.signature
            return exchange.head_of_manifest(content, signature) + content + signature, []
        assets = [self._kept.manifest.assets[number] for number in numbers]
        self._pool.check(assets)
        return exchange.head_of_files(numbers), [self._pool.path(a.sha256) for a in assets]

    def _run_in_steps(self, options: dict[str, Any]) -> dict[str, Any]:
        """Where there is no stream: ship what it says it needs, and call it again."""
        done: dict[str, Any] = {}
        with tempfile.TemporaryDirectory() as temporary:
            for _ in range(MOST_CALLS):
                done = self._execute_module(
                    module_name=MODULE, module_args=options, task_vars=self._variables
                )
                done.pop("invocation", None)
                needs = done.get("needs")
                if needs is None:
                    return done
                if needs == exchange.MANIFEST:
                    for name, content in (
                        ("manifest", self._kept.content),
                        ("signature", self._kept.signature),
                    ):
                        local = Path(temporary, name)
                        local.write_bytes(content)
                        options[name] = controller.ship(self, local, name)
                else:
                    bundle = Path(temporary, "bundle")
                    head, paths = self._answer(needs, done["numbers"])
                    with bundle.open("wb") as stream:
                        stream.write(head)
                        for path in paths:
                            stream.write(path.read_bytes())
                    options["bundle"] = controller.ship(self, bundle, "bundle")
        raise AnsibleActionFail(f"{MODULE} needs {done.get('needs')} again and again")

    def _described(self, done: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The task's result: what happened is in `report`, once."""
        drift = done.get("drift", [])
        described: dict[str, Any] = {
            "changed": bool(done.get("changed")),
            "failed": bool(done.get("failed")),
        }
        report = self._report | {
            name: done.get(name, 0)
            for name in ("files", "missing", "altered", "sent", "bytes", "verified")
        }
        report |= {
            "seconds": round(seconds, 1),
            "phases": done.get("seconds", {}),
            "drift": drift,
            "unexpected": sum(kind == "unexpected" for kind, _, _ in drift),
            "problem": "",
        }
        if described["failed"]:
            described["msg"] = str(
                done.get("msg") or done.get("module_stderr") or f"{MODULE} failed"
            )
            report["problem"] = described["msg"]
        elif drift:
            described["failed"] = True
            described["msg"] = (
                f"Not what the manifest of release {report['release']} says: "
                f"{' '.join(drift[0][:2])} ({drift[0][2]})"
                f"{f' and {len(drift) - 1} more' if len(drift) > 1 else ''}. "
                "Missing and altered files are put right by\n"
                f"  ansible-playbook playbooks/assets.yml -e release_id={report['release']}\n"
                "Unexpected ones are left to you; see playbooks/prune.yml."
            )
        else:
            verb = "to send" if self._task.check_mode else "sent"
            described["msg"] = (
                f"{report['files']} files: {report['missing']} missing, {report['altered']} "
                f"altered, {report['bytes'] / 1e6:.1f} MB {verb}, {report['verified']} proven "
                "over HTTPS"
            )
        return described | {"report": report}
