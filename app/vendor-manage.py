#!/usr/bin/env python3
"""manage.py with the vendor library: for hosts on which no package was installed with pip."""

import sys

from moztrap.deploy.command_line import main
from moztrap.deploy.vendor import VendorLibraryError, add_library

if __name__ == "__main__":
    try:
        add_library()
    except VendorLibraryError as error:
        sys.exit(str(error))
    main()
