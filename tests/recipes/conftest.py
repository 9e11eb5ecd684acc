"""A copy of the package for each recipe."""

from pathlib import Path

import pytest
import recipes


@pytest.fixture
def copied(tmp_path) -> Path:
    """A folder with a copy of the package, to be changed."""
    return recipes.copied(tmp_path / "copy")
