#!/usr/bin/python
"""Keep several configuration files with one call to the host."""

from __future__ import annotations

import json
import shlex
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.moztrap.files import point_link, write_atomically

DOCUMENTATION = r"""
module: moztrap_files
short_description: Keep several configuration files with one call to the host
description:
  - Renders templates on the controller and keeps the files on the host. Looping over
    M(ansible.builtin.template) does the same with two calls to the host for each file.
  - All files are validated before the first is written. Links are made before, since what is
    validated may name them.
options:
  files:
    description: The files, in the order in which they are validated and written.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Where. Its directory is there already., type: path, required: true}
      template: {description: A template of the role; this or I(content)., type: str}
      content: {description: The text itself., type: str}
      state:
        description:
          - C(absent) removes the file; nothing else is then asked of it. C(link) makes a symbolic
            link to I(target).
        type: str
        default: file
      target: {description: Where a link leads., type: path}
      owner: {description: Owner., type: str, default: root}
      group: {description: Group; the owner's name by default., type: str}
      mode: {description: Mode, quoted., type: raw, default: "0644"}
      validate: {description: A command that must accept the file at C(%s)., type: str}
      secret: {description: Keep the text out of differences., type: bool, default: false}
"""

RETURN = r"""
paths: {description: What was written or changed., type: list, elements: str, returned: always}
"""

FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "default": ""},
    "state": {"type": "str", "choices": ["file", "link", "absent"], "default": "file"},
    "target": {"type": "path"},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str"},
    "mode": {"type": "raw", "default": "0644"},
    "validate": {"type": "str"},
    "secret": {"type": "bool", "default": False},
}


class File:
    """One file as it is and as it shall be."""

    def __init__(self, module: AnsibleModule, wanted: dict[str, Any]) -> None:
        self.module = module
        self.wanted = wanted
        self.path = Path(wanted["path"])
        self.content = wanted["content"].encode()
        if self.path.is_dir():
            module.fail_json(msg=f"{self.path} is a directory, and shall be a file. Move it away.")
        self.before = self.path.read_bytes() if self.path.is_file() else None

    @property
    def differs(self) -> bool:
        """Is the text another one, or not there, or behind a link?"""
        return self.before != self.content or self.path.is_symlink()

    def validate(self) -> None:
        """Have the command look at the text before anything on the host changes."""
        # In a dry run, what the text names may not be there yet.
        if self.wanted["state"] != "file" or not self.differs or self.module.check_mode:
            return
        if not self.path.parent.is_dir():
            self.module.fail_json(
                msg=f"{self.path} cannot be written: {self.path.parent} is not there."
            )
        if not self.wanted["validate"]:
            return
        with tempfile.NamedTemporaryFile(dir=self.module.tmpdir) as temporary:
            temporary.write(self.content)
            temporary.flush()
            words = shlex.split(self.wanted["validate"].replace("%s", temporary.name))
            code, output, errors = self.module.run_command(words)
        if code:
            said = (errors or output).strip()
            if self.wanted["secret"]:
                said = "what it said is withheld: the file holds secrets"
            self.module.fail_json(
                msg=f"{words[0]} refuses the new {self.path}, which was not written: {said}"
            )

    def keep(self) -> list[dict[str, Any]]:
        """Write the text, owner and mode where they differ; return what differed."""
        if self.wanted["state"] == "absent":
            return self._remove()
        if self.wanted["state"] == "link":
            return self._link()
        wanted = {**self.wanted, "group": self.wanted["group"] or self.wanted["owner"]}
        arguments = self.module.load_file_common_arguments(wanted)
        diffs: list[dict[str, Any]] = []
        if self.differs:
            diffs.append(self._text_difference())
            if self.module.check_mode:
                return diffs
            # Closed until owner and mode are right.
            write_atomically(self.path, self.content, mode=0o600)
        attributes: dict[str, Any] = {"before": {}, "after": {}}
        changed = self.module.set_fs_attributes_if_different(arguments, False, attributes)
        if changed and not diffs:
            diffs.append(attributes)
        return diffs

    def _remove(self) -> list[dict[str, Any]]:
        if not self.path.exists() and not self.path.is_symlink():
            return []
        if not self.module.check_mode:
            self.path.unlink()
        state: dict[str, Any] = {"path": str(self.path), "state": "file"}
        return [{"before": state, "after": {**state, "state": "absent"}}]

    def _link(self) -> list[dict[str, Any]]:
        before = str(self.path.readlink()) if self.path.is_symlink() else ""
        if before == self.wanted["target"]:
            return []
        if not self.module.check_mode:
            point_link(self.path, self.wanted["target"])
        return [
            {
                "before": {"path": str(self.path), "leads to": before},
                "after": {"path": str(self.path), "leads to": self.wanted["target"]},
            }
        ]

    def _text_difference(self) -> dict[str, Any]:
        header = {"before_header": str(self.path), "after_header": str(self.path)}
        if self.wanted["secret"]:
            return {**header, "before": "", "after": "(secret)\n"}
        before = (self.before or b"").decode(errors="replace")
        return {**header, "before": before, "after": self.wanted["content"]}


FILES = {"files": {"type": "list", "elements": "dict", "required": True, "options": FILE}}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        # One text, as the action plugin packs them: every argument goes to the host's log
        # but one that is secret as a whole, and secret parts would be struck from the result.
        argument_spec={"files": {"type": "str", "required": True, "no_log": True}},
        supports_check_mode=True,
    )
    checked = ArgumentSpecValidator(FILES).validate({"files": json.loads(module.params["files"])})
    if checked.error_messages:
        module.fail_json(msg=", ".join(checked.error_messages))
    files = [File(module, wanted) for wanted in checked.validated_parameters["files"]]
    links = [file for file in files if file.wanted["state"] == "link"]
    texts = [file for file in files if file.wanted["state"] != "link"]
    differences = [(link, link.keep()) for link in links]
    for file in texts:
        file.validate()
    differences += [(file, file.keep()) for file in texts]
    diffs = [diff for _, found in differences for diff in found]
    paths = [str(file.path) for file, found in differences if found]
    module.exit_json(changed=bool(paths), diff=diffs, paths=paths)


if __name__ == "__main__":
    main()
