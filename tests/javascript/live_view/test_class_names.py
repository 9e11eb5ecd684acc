"""The names of classes in the clouds of the shipped models."""

import pytest
import shipped_clouds
from machine import needs_node


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clouds")
    models = shipped_clouds.checkpoints()
    return shipped_clouds.count_names([shipped_clouds.write_cloud(m, folder) for m in models])


@needs_node
def test_no_name_lies_on_another_on_the_cursor_or_on_an_endpoint(counts):
    assert len(counts) == 3 * 13 and {row["cameras"] for row in counts} == {24}
    assert sum(row["before"] for row in counts) > 1000
    assert [row for row in counts if row["collisions"]] == []


@needs_node
def test_all_names_are_shown_of_clouds_that_are_seen_whole(counts):
    solid = [row for row in counts if row["name"] != "mnist-2d"]  # which is looked at from near
    assert [row for row in solid if row["leftOut"]] == []
