#!/usr/bin/python
"""Prove a backup in a scratch database, and exchange that for the live one."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import dump, scratch, staging
from ansible.module_utils.moztrap.server import Server, ServerError

DOCUMENTATION = r"""
module: moztrap_scratch
short_description: Prove a backup in a scratch database, and exchange that for the live one
description:
  - C(staged) makes a folder that the user whom Ansible logs in as may write the dump to.
  - C(proven) loads it into a scratch database, as an account that may do nothing else, and
    compares the rows and the checksum of every table with the backup's manifest.
  - C(exchanged) makes the tables of C(source) the live ones and keeps those that were live.
  - C(dropped) removes the scratch database and the dump.
options:
  state:
    description: What to do.
    type: str
    required: true
    choices: [staged, proven, exchanged, dropped]
  database: {description: The live database., type: str, required: true}
  reader_of: {description: A file or folder whose owner shall write the dump., type: path}
  path: {description: The dump on this host., type: path}
  manifest: {description: The backup's manifest as JSON., type: str}
  source: {description: What becomes live., type: str, choices: [scratch, former]}
  owner: {description: The account that owns views and triggers., type: str}
"""

STATES = ["staged", "proven", "exchanged", "dropped"]
WORST = 20


def staged(names: scratch.Names, reader: Path) -> dict[str, Any]:
    """Make room for the dump; tell how much there is, for it and for its tables."""
    server = Server()
    scratch.drop(server, names)
    return {
        "changed": True,
        "path": str(staging.make(reader, staging.RESTORED_DATABASE)),
        "server": server.version(),
        "free_bytes": staging.free_bytes(),
        "data_directory": server.data_directory(),
        "data_free_bytes": staging.free_bytes(Path(server.data_directory())),
    }


def proven(
    names: scratch.Names, path: Path, owner: str, manifest: dict[str, Any]
) -> dict[str, Any]:
    """Load and compare; a scratch database that is not what it should be is removed."""
    server = Server()
    began = time.monotonic()
    scratch.load(server, names, path, owner)
    loaded = time.monotonic()
    staging.sweep(staging.RESTORED_DATABASE)
    found = scratch.differences(server, names, manifest)
    if found:
        scratch.drop(server, names)
        shown = found[:WORST] + ([f"… and {len(found) - WORST} more"] if found[WORST:] else [])
        lines = "\n".join(f"  - {line}" for line in shown)
        raise scratch.RestoreError(
            f"Restored into {names.scratch}, the backup is not what its manifest tells:\n{lines}\n"
            "The live database was not touched. Restore another backup: -e restore_from=<name>."
        )
    return {
        "changed": True,
        "tables": len(manifest["tables"]),
        "rows": sum(table["rows"] for table in manifest["tables"].values()),
        "load_seconds": round(loaded - began, 1),
        "compare_seconds": round(time.monotonic() - loaded, 1),
        **scratch.departures(server, names.scratch, names.live),
    }


def exchanged(names: scratch.Names, source: str) -> dict[str, Any]:
    """Exchange, and tell how the new live database differs from the one before."""
    server = Server()
    database = names.scratch if source == "scratch" else names.former
    found = scratch.departures(server, database, names.live)
    began = time.monotonic()
    scratch.exchange(server, names, database)
    seconds = round(time.monotonic() - began, 1)
    return {"changed": True, "former": names.former, "seconds": seconds, **found}


def dropped(names: scratch.Names) -> dict[str, Any]:
    """Leave nothing of a proof behind."""
    swept = staging.sweep(staging.RESTORED_DATABASE)
    return {"changed": scratch.drop(Server(), names) or swept}


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Do what `state` says."""
    names = scratch.Names(options["database"])
    if options["state"] == "staged":
        return staged(names, Path(options["reader_of"]))
    if options["state"] == "proven":
        manifest = json.loads(options["manifest"])
        return proven(names, Path(options["path"]), options["owner"], manifest)
    if options["state"] == "exchanged":
        return exchanged(names, options["source"])
    return dropped(names)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": STATES},
            "database": {"type": "str", "required": True},
            "reader_of": {"type": "path"},
            "path": {"type": "path"},
            "manifest": {"type": "str"},
            "source": {"type": "str", "choices": ["scratch", "former"]},
            "owner": {"type": "str"},
        },
        required_if=[
            ("state", "staged", ("reader_of",)),
            ("state", "proven", ("path", "manifest", "owner")),
            ("state", "exchanged", ("source",)),
        ],
        supports_check_mode=True,
    )
    os.umask(0o077)
    if module.check_mode:
        module.exit_json(changed=module.params["state"] != "dropped")
    try:
        result = run(module.params)
    except (dump.DumpError, ServerError, scratch.RestoreError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
