"""Where the files lie that the package brings along: the app's script, its settings, the models.

In a clone they lie at its top, so that `streamlit run app.py` finds them; an installed package has
them in a folder of its own, under the same names (`force-include` in pyproject.toml).
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "shipped_files"

FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
SCRIPT = FOLDER / "app.py"  # Streamlit reads its settings from .streamlit/ beside the script
CHECKPOINTS = FOLDER / "checkpoints"
