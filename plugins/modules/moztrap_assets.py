#!/usr/bin/python
"""Bring a static server's assets in line with a release's manifest, and prove it."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.assets import Asset, from_json
from ansible.module_utils.moztrap.files import sha256_of, write_atomically
from ansible.module_utils.moztrap.proof import prove
from ansible.module_utils.moztrap.web import SiteConnection

DOCUMENTATION = r"""
module: moztrap_assets
short_description: Add a release's assets to a static server
description:
  - Additive: never removes a file, so that pages of earlier releases keep theirs.
  - Without I(archive) it only looks, and returns what is missing or altered.
  - With I(archive), a tar file of at least those, it writes each in one rename, after
    checking it against the manifest.
  - With I(server) it then fetches every file over HTTPS and compares.
options:
  manifest: {description: Text of assets.json., type: str, required: true}
  folder: {description: Where the server takes STATIC_URL from., type: path, required: true}
  archive: {description: Archive of the files to add, on this host., type: path}
  server: {description: Address, server_name, ca_path, static_url., type: dict}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "manifest": {"type": "str", "required": True},
            "folder": {"type": "path", "required": True},
            "archive": {"type": "path"},
            "server": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)
    _, assets = from_json(module.params["manifest"])
    folder = Path(module.params["folder"])
    lacking = find_lacking(assets, folder)
    result: dict[str, Any] = {
        "changed": bool(lacking),
        "files": len(assets),
        "lacking": sorted(lacking),
        "missing": sum(reason == "missing" for reason in lacking.values()),
        "altered": sum(reason == "altered" for reason in lacking.values()),
        "size": sum(asset.size for asset in assets if asset.path in lacking),
        "proven": 0,
    }
    if module.check_mode or (lacking and not module.params["archive"]):
        module.exit_json(**result)
    if lacking:
        try:
            add(assets, lacking, folder, Path(module.params["archive"]))
        except AssetError as error:
            module.fail_json(msg=str(error))
    if module.params["server"]:
        result["proven"] = prove_or_fail(module, assets, module.params["server"])
    module.exit_json(**result)


class AssetError(Exception):
    """An asset cannot be added; the message names it."""


def find_lacking(assets: list[Asset], folder: Path) -> dict[str, str]:
    """Path → `missing` or `altered`, for every asset that is not there as it should be."""
    lacking = {}
    for asset in assets:
        path = folder / asset.path
        try:
            status = path.lstat()
        except OSError:
            lacking[asset.path] = "missing"
            continue
        whole = (
            stat.S_ISREG(status.st_mode)
            and stat.S_IMODE(status.st_mode) == 0o644
            and status.st_size == asset.size
            and sha256_of(path) == asset.sha256
        )
        if not whole:
            lacking[asset.path] = "altered"
    return lacking


def add(assets: list[Asset], lacking: dict[str, str], folder: Path, archive: Path) -> None:
    """Write what is lacking, each file whole and checked or not at all."""
    wanted = {asset.path: asset for asset in assets if asset.path in lacking}
    with tarfile.open(archive, "r:*") as packed:
        for entry in packed:
            asset = wanted.pop(entry.name, None)
            stream = packed.extractfile(entry) if asset else None
            if asset is None or stream is None:
                continue
            _write(asset, stream.read(), folder)
    if wanted:
        raise AssetError(
            f"The archive of assets lacks {sorted(wanted)[0]} (and {len(wanted) - 1} more) "
            "of its own manifest. Remove the release from the controller's store and "
            "run the release again."
        )


def _write(asset: Asset, content: bytes, folder: Path) -> None:
    if hashlib.sha256(content).hexdigest() != asset.sha256:
        raise AssetError(
            f"The archive's {asset.path} differs from the manifest. It was not written. "
            "Remove the release from the controller's store and run the release again."
        )
    target = folder / asset.path
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, content, mode=0o644)


def prove_or_fail(module: AnsibleModule, assets: list[Asset], server: dict[str, Any]) -> int:
    """Fetch every asset from this host's own server; fail with what is wrong."""
    connection = SiteConnection(server["address"], server["server_name"], server["ca_path"] or None)
    try:
        problems = prove(assets, connection, server["static_url"])
    except OSError as error:
        problems = [f"no answer from {server['address']}:443: {error}"]
    finally:
        connection.close()
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        module.fail_json(
            msg="The assets are in place, but the web server does not give them as it "
            f"must:\n{lines}\nThe live site still uses the earlier release's assets. "
            "Look at the virtual host's part for STATIC_URL and run the release again."
        )
    return len(assets)


if __name__ == "__main__":
    main()
