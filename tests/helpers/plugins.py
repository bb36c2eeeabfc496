"""Make the code that our plugins share importable, as Ansible does for modules."""

from pathlib import Path

import ansible.module_utils

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"

if str(PLUGINS / "module_utils") not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(str(PLUGINS / "module_utils"))
