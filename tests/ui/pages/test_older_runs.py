"""The Train page shows run folders of earlier versions."""

import shutil

from paths import ROOT
from visible import assert_fine

from vae_explorer.training.runs.run_folder import runs_root


def test_older_run_is_shown_with_its_curves(visit):
    shutil.copytree(ROOT / "tests" / "files" / "run_of_before", runs_root() / "older")
    at = visit("train")
    assert_fine(at)
    assert any("older" in box.options for box in at.selectbox)
