"""`python -m inventories.generator`: what `make inventory` runs."""

import sys

from inventories.generator.cli import main

sys.exit(main())
