"""Modes and limits of a server: what is refused, and in which words."""

import pytest

from vae_explorer.access import limits, mode, visitors
from vae_explorer.access.limits import Limits
from vae_explorer.errors import ConfigError


@pytest.mark.parametrize(
    ("said", "public"), [("", False), ("0", False), ("No", False), ("1", True)]
)
def test_mode_is_what_the_environment_says(monkeypatch, said, public):
    monkeypatch.setenv(mode.PUBLIC, said)
    assert mode.is_public() is public


@pytest.mark.parametrize("address", [None, "localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_personal_server_listens_on_this_machine(monkeypatch, address):
    monkeypatch.delenv(mode.PUBLIC, raising=False)
    assert mode.refusal(address) == ""


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_other_addresses_need_the_public_mode(monkeypatch, address):
    monkeypatch.delenv(mode.PUBLIC, raising=False)
    assert "--public" in mode.refusal(address)
    monkeypatch.setenv(mode.PUBLIC, "1")
    assert mode.refusal(address) == ""


def test_file_of_the_operator_is_read(tmp_path, monkeypatch):
    path = tmp_path / "limits.toml"
    path.write_text('training = false\nqueue_length = 3\nteachers = ["Ada@example.org"]\n')
    monkeypatch.setenv(limits.FILE, str(path))
    assert limits.current() == Limits(training=False, queue_length=3, teachers=("Ada@example.org",))
    assert limits.current().is_teacher("ada@EXAMPLE.org")
    assert not limits.current().is_teacher("eve@example.org")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("queue_lenght = 3", "unknown setting, queue_lenght"),
        ("queue_length = -3", "queue_length must be a whole number"),
        ("queue_length = true", "queue_length must be a whole number"),
        ('training = "no"', "training must be true or false"),
        ('teachers = ["Ada"]', "teachers must be e-mail addresses"),
        ("teachers = 3", "teachers must be e-mail addresses"),
        ("queue_length =", "are no TOML"),
    ],
)
def test_limits_that_make_no_sense_are_one_sentence(tmp_path, text, said):
    path = tmp_path / "limits.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        limits.read(path)


def test_missing_file_of_limits_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv(limits.FILE, str(tmp_path / "none.toml"))
    with pytest.raises(ConfigError, match="cannot be read"):
        limits.current()


def test_only_secrets_of_ours_make_a_visitor():
    assert visitors.of_browser(visitors.new_secret()).secret
    for text in ("", "a" * 31, "g" * 32, f"{'a' * 32}\n", "../" * 11):
        assert not visitors.of_browser(text).secret
