"""Where the repository and its package lie."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "vae_explorer"
ABSENT = Path(__file__).parent / "absent"  # hides packages that no environment of an app has
IMPORTED = os.pathsep.join(map(str, (ROOT, ABSENT)))  # PYTHONPATH of servers
