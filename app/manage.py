#!/usr/bin/env python3
"""Command line of MozTrap: `manage.py help` lists what it can do."""

from moztrap.deploy.command_line import main

if __name__ == "__main__":
    main()
