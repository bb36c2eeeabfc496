#!/usr/bin/python
"""Read and keep the record of what a site runs."""

from __future__ import annotations

import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.record import Record, RecordError, RecordFile

DOCUMENTATION = r"""
module: moztrap_record
short_description: Which release is live, which was before, and whether it is held
description:
  - Runs on the first database host. Bookkeeping of a run is no change of the host.
options:
  step:
    description:
      - C(read) tells what is recorded; C(back) also which release a rollback goes to, unless
        I(release) names one; C(begin) notes that an activation begins; C(finish) that every
        host runs the release.
    choices: [read, back, begin, finish]
    type: str
    required: true
  folder: {description: Where the site keeps its record., type: path, required: true}
  release: {description: The release; to begin and finish., type: str, default: ""}
  deployment: {description: The deployment; to finish., type: str, default: ""}
  direction:
    description: A rollback leaves a hold; a release lifts it; the rest keep what there is.
    choices: [forward, back, same]
    type: str
    default: same
  by: {description: Who goes back; for the hold., type: str, default: ""}
  reason: {description: Why; for the hold., type: str, default: ""}
"""

RETURN = r"""
record: {description: What is recorded., type: dict, returned: always}
target: {description: Where a rollback goes., type: str, returned: C(back)}
"""


def main() -> None:
    """Entry point."""
    text = {"type": "str", "default": ""}
    module = AnsibleModule(
        argument_spec={
            "step": {
                "type": "str", "required": True, "choices": ["read", "back", "begin", "finish"],
            },
            "folder": {"type": "path", "required": True},
            "release": text,
            "deployment": text,
            "direction": {"type": "str", "choices": ["forward", "back", "same"], "default": "same"},
            "by": text,
            "reason": text,
        },
        supports_check_mode=True,
    )  # fmt: skip
    options = module.params
    file = RecordFile(Path(options["folder"]))
    try:
        record = file.read()
        back = options["step"] == "back"
        target = (options["release"] or record.back()) if back else ""
        if options["step"] in {"begin", "finish"} and not module.check_mode:
            note(record, options)
            file.write(record)
    except RecordError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, record=record.as_dict(), target=target)


def note(record: Record, options: dict[str, str]) -> None:
    """Put into the record what this run does or has done."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    release, direction = options["release"], options["direction"]
    if options["step"] == "begin":
        record.begin(release)
        return
    if direction == "forward":
        record.hold = {}
    if direction != "back" and not record.hold:
        record.went_forward(release)
    if direction == "back":
        record.hold = {
            "release": release, "by": options["by"], "at": now, "reason": options["reason"],
        }  # fmt: skip
    record.finish(release, options["deployment"], now)


if __name__ == "__main__":
    main()
