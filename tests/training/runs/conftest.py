"""What tests of run folders share."""

import pytest

from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs.run_folder import create_run


@pytest.fixture(scope="session")
def finished(tiny_training, tmp_path_factory):
    """A run carried to its end; shared: never change its folder."""
    run = create_run("whole", tiny_training, tmp_path_factory.mktemp("runs"))
    list(execute_run(run, with_quick_scores))
    return run
