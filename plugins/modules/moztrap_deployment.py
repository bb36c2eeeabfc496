#!/usr/bin/python
"""Prepare a deployment's folder, complete before it goes live."""

from __future__ import annotations

import grp
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.deployment import Deployment

DOCUMENTATION = r"""
module: moztrap_deployment
short_description: Put a release's code and its settings together, or repair them
options:
  home: {description: Where MozTrap lives., type: path, required: true}
  release_id: {description: The release., type: str, required: true}
  digest: {description: The settings digest., type: str, required: true}
  settings: {description: Text of local.py without its digest., type: str, required: true}
  group: {description: The group that may read local.py., type: str, required: true}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "home": {"type": "path", "required": True},
            "release_id": {"type": "str", "required": True},
            "digest": {"type": "str", "required": True},
            "settings": {"type": "str", "required": True, "no_log": True},
            "group": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    options = module.params
    os.umask(0o022)
    try:
        gid = grp.getgrnam(options["group"]).gr_gid
    except KeyError:
        if module.check_mode:
            module.exit_json(changed=True, msg="the group is not there yet")
        module.fail_json(
            msg=f"There is no group {options['group']!r} on this host, which must read the "
            "settings. Run the provisioning part first: ansible-playbook site.yml"
        )
    deployment = Deployment(
        Path(options["home"]), options["release_id"], options["digest"], options["settings"], gid
    )
    if not deployment.artefact.is_dir():
        if module.check_mode:
            module.exit_json(changed=True, msg="the artefact is not there yet")
        module.fail_json(
            msg=f"{deployment.artefact} is not there, so {deployment.name} has no code. "
            "Run the whole release: ansible-playbook playbooks/release.yml"
        )
    differences = deployment.differences()
    if differences and not module.check_mode:
        if "." in differences:
            deployment.create()
        else:
            deployment.repair(differences)
    module.exit_json(changed=bool(differences), differences=differences)


if __name__ == "__main__":
    main()
