"""`python -m vae_explorer`."""

import sys

from .cli import main

sys.exit(main())
