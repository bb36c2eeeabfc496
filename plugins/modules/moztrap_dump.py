#!/usr/bin/python
"""Dump the database of this host, for the controller to fetch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import dump, staging
from ansible.module_utils.moztrap.server import Server, ServerError

DOCUMENTATION = r"""
module: moztrap_dump
short_description: Measure, dump or tidy up on the database host
description:
  - C(measured) tells how much there is to dump, and how much space there is for it.
  - C(dumped) writes one consistent dump into a folder that the user whom Ansible logs in as
    may read, and tells what it holds.
  - C(swept) removes that folder; C(forgotten) drops the database that a restore kept aside.
options:
  state:
    description: What to do.
    type: str
    required: true
    choices: [measured, dumped, swept, forgotten]
  database: {description: The database., type: str, required: true}
  former: {description: The database that a restore kept aside., type: str, required: true}
  file: {description: Name of the dump., type: str, default: database.sql.zst}
  account_options: {description: Option file with the account to read with., type: str}
  is_elsewhere:
    description:
      - The server is not this host's own. The account for backups then is all there is, and a
        dump is compared with what that one sees.
    type: bool
    default: false
  reader_of: {description: A file or folder whose owner shall read the dump., type: path}
"""


STATES = ["measured", "dumped", "swept", "forgotten"]


@contextmanager
def server_of(options: str) -> Iterator[Server]:
    """The server of this host as root, or, with an account's option file, another one."""
    if not options:
        yield Server()
        return
    with dump.option_file(options) as account:
        yield Server((f"--defaults-file={account}",))


def measured(database: str, former: str, options: str) -> dict[str, Any]:
    """How much there is, and the space for it."""
    with server_of(options) as server:
        return {
            "changed": False,
            "server": server.version(),
            "tables": len(server.tables(database)),
            "data_bytes": server.data_bytes(database),
            "total_bytes": server.total_bytes(database),
            "free_bytes": staging.free_bytes(),
            "folder": str(staging.FOLDER),
            "former": server.exists(former),
        }


def dumped(
    database: str, name: str, options: str, reader: Path, *, is_elsewhere: bool
) -> dict[str, Any]:
    """Make the dump; return where it is and what it holds."""
    folder = staging.make(reader, staging.DATABASE)
    target = folder / name
    with dump.option_file(options) as account:
        access = f"--defaults-file={account}"
        server = Server((access,)) if is_elsewhere else Server()
        contents = dump.write_dump(dump.dump_command(database, access), target)
        _refuse_incomplete(contents, server, database)
        migrations = server.migrations(database)
    owner = folder.stat()
    os.chown(target, owner.st_uid, owner.st_gid)
    return {
        "changed": True,
        "path": str(target),
        "contents": contents.as_dict(),
        "migrations": migrations,
    }


def _refuse_incomplete(contents: dump.Contents, server: Server, database: str) -> None:
    """What the account may not read is missing from a dump without a word."""
    for kind, there in server.objects(database).items():
        if contents.objects[kind] < there:
            raise dump.DumpError(
                f"The dump has {contents.objects[kind]} {kind} of {there}: the account for "
                "backups may not read all of them. Run site.yml, which gives it its rights."
            )
    missing = set(server.tables(database)) - set(contents.tables)
    missing -= set(server.sequences(database))
    if missing:
        raise dump.DumpError(
            f"The dump lacks {', '.join(sorted(missing))}. If a migration ran just now, make the "
            "backup again; otherwise run site.yml, which gives the account its rights."
        )


def swept() -> dict[str, Any]:
    """Remove what the controller has fetched."""
    return {"changed": staging.sweep(staging.DATABASE)}


def forgotten(former: str) -> dict[str, Any]:
    """Drop what a restore has replaced."""
    server = Server()
    there = server.exists(former)
    if there:
        server.drop(former)
    return {"changed": there}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": STATES},
            "database": {"type": "str", "required": True},
            "former": {"type": "str", "required": True},
            "file": {"type": "str", "default": "database.sql.zst"},
            "account_options": {"type": "str", "no_log": True},
            "is_elsewhere": {"type": "bool", "default": False},
            "reader_of": {"type": "path"},
        },
        required_if=[("state", "dumped", ("account_options", "reader_of"))],
        supports_check_mode=True,
    )
    os.umask(0o077)
    options = module.params
    if module.check_mode and options["state"] != "measured":
        module.exit_json(changed=True)
    try:
        if options["state"] == "measured":
            account = options["account_options"] if options["is_elsewhere"] else ""
            result = measured(options["database"], options["former"], account)
        elif options["state"] == "dumped":
            result = dumped(
                options["database"],
                options["file"],
                options["account_options"],
                Path(options["reader_of"]),
                is_elsewhere=options["is_elsewhere"],
            )
        elif options["state"] == "swept":
            result = swept()
        else:
            result = forgotten(options["former"])
    except (dump.DumpError, ServerError) as error:
        staging.sweep(staging.DATABASE)
        if module.check_mode:
            # On a bare host there is nothing yet that could be asked.
            module.exit_json(changed=False, tables=0, former=False, msg=str(error))
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
