"""What the tests of commands share: running one, and being refused by one."""

import pytest

from vae_explorer.cli import main


@pytest.fixture
def run_main(capsys):
    """Run a command; gives what it printed to standard output."""

    def call(*arguments) -> str:
        assert main([str(argument) for argument in arguments]) == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def refuse(capsys):
    """Run a command that fails; gives its one sentence."""

    def call(*arguments) -> str:
        assert main([str(argument) for argument in arguments]) == 1
        printed = capsys.readouterr()
        lines = printed.err.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("error: ") and lines[0].endswith(".")
        assert printed.out == ""
        return lines[0]

    return call
