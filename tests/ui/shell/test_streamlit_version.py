"""What is said where another Streamlit is installed than the tested one."""

import pytest
import streamlit as st

from vae_explorer.errors import ExplorerError
from vae_explorer.ui.shell import streamlit_version
from vae_explorer.ui.shell.streamlit_version import OLDEST, TESTED, remark, require


@pytest.mark.parametrize("patch", [".0", ".9", ".0rc1", ".1.dev20270101"])
def test_tested_version_needs_no_remark(patch):
    require(TESTED + patch)
    assert remark(TESTED + patch) == ""


@pytest.mark.parametrize("version", ["1.66.1", "1.68.0", "1.68rc1", "2.0"])
def test_other_version_may_work_and_is_remarked_on(version):
    require(version)
    said = remark(version)
    assert f"this is {version}" in said and f"pip install 'streamlit=={TESTED}.*'" in said


@pytest.mark.parametrize("version", ["0.89.0", "1.9.2", "1.64.0"])
def test_too_old_a_version_is_refused(version):
    with pytest.raises(ExplorerError, match=f"{version} is too old.*pip install"):
        require(version)


def test_these_tests_run_on_the_tested_version():
    assert streamlit_version.installed() == st.__version__
    assert not remark(st.__version__)
    require(f"{OLDEST}.0")


def test_visitor_is_told_that_streamlit_is_too_old(visit, monkeypatch):
    monkeypatch.setattr(st, "__version__", "1.50.0")
    monkeypatch.delattr(st, "App")
    at = visit()
    assert not at.exception
    assert [error.value for error in at.error] == [
        f"Streamlit 1.50.0 is too old to serve the app: pip install 'streamlit=={TESTED}.\\*'."
    ]
