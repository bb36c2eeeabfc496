"""What runs on a static server: one call does everything for one release.

Started by the module moztrap_assets, or sent over a connection of its own (`bulk.py`).
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.asset_errors import AssetError
from ansible.module_utils.moztrap.asset_server import AssetServer, Outcome
from ansible.module_utils.moztrap.exchange import FileSupply, Needs, StreamSupply
from ansible.module_utils.moztrap.pipeline import Server

VERIFIED = "verified"
SENT = "sent"


def run(options: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Do what the options of the module say; the result tells how far it got, also on failure."""
    os.umask(0o022)
    # Tens of thousands of entries, none of them garbage before the end.
    gc.disable()
    outcome = Outcome()
    try:
        _run(options, outcome, check_mode=check_mode)
    except Needs as needs:
        return {"changed": False, "needs": needs.what, "numbers": needs.numbers}
    except AssetError as error:
        return outcome.as_dict() | {"failed": True, "msg": str(error)}
    return outcome.as_dict()


def _run(options: dict[str, Any], outcome: Outcome, *, check_mode: bool) -> None:
    given = options["server"]
    shipped = [
        Path(options[name]) if options.get(name) else None
        for name in ("manifest", "signature", "bundle")
    ]
    server = AssetServer(
        folder=Path(options["folder"]),
        web=Server(given["address"], given["server_name"], given["ca_path"] or None),
        static_url=given["static_url"],
        supply=StreamSupply() if options.get("stream") else FileSupply(*shipped),
        outcome=outcome,
    )
    manifest = server.trusted_manifest(options["release_id"], options["sha256"], options["signers"])
    if options["state"] == VERIFIED:
        server.verify(manifest)
    elif check_mode:
        server.plan(manifest)
    elif options["state"] == SENT:
        server.send(manifest)
    else:
        server.distribute(manifest)
