"""Selecting points, and the table of them, which Python and the browser write alike."""

import csv
import io
import json
import math

import pytest
import torch
from machine import needs_node
from node import run_node

from vae_explorer.latent import selection
from vae_explorer.ui.components.browser import bundle

SQUARE = torch.tensor([[0.0, 0], [10, 0], [10, 10], [0, 10]])
NOTCHED = torch.tensor([[0.0, 0], [10, 0], [10, 10], [5, 2], [0, 10]])
STAR = torch.tensor([[50.0, 0], [79, 90], [2, 35], [98, 35], [21, 90]])
NAMES = ["T-shirt/top", 'a "quoted", one', "=1+1", "zwei\nZeilen", "é"]


def inside(polygon: torch.Tensor, *points: tuple[float, float]) -> list[int]:
    """Indices of the points that lie in a polygon."""
    return selection.in_polygon(torch.tensor(points), polygon).tolist()


@pytest.mark.parametrize("polygon", [SQUARE, SQUARE.flip(0)], ids=["one way", "the other"])
def test_square_holds_what_is_in_it(polygon):
    points = [(5.0, 5.0), (11.0, 5.0), (1.0, 9.0), (5.0, -1.0), (math.nan, 5.0)]
    assert inside(polygon, *points) == [0, 2]


def test_notch_of_a_concave_polygon_is_outside():
    assert inside(NOTCHED, (1.0, 5.0), (5.0, 6.0), (9.0, 5.0)) == [0, 2]


def test_what_a_polygon_winds_around_twice_is_inside():
    assert inside(STAR, (50.0, 50.0), (50.0, 10.0), (50.0, 85.0)) == [0, 1]


def test_nearest_are_nearest_and_of_ties_the_first():
    codes = torch.tensor([[0.0, 0], [3, 0], [1, 0], [0, 1], [0, -1], [9, 9]])
    z = torch.zeros(2)
    assert selection.nearest(codes, z, 1).tolist() == [0]
    assert selection.nearest(codes, z, 3).tolist() == [0, 2, 3]
    assert selection.nearest(codes, z, 100).tolist() == [0, 1, 2, 3, 4, 5]


def test_class_is_selected_whole():
    assert selection.of_class(torch.tensor([2, 0, 2, 1]), 2).tolist() == [0, 2]
    assert selection.of_class(torch.tensor([2, 0, 2, 1]), 9).tolist() == []


def example() -> tuple[torch.Tensor, torch.Tensor]:
    """Labels and codes, among them halves of the last digit, zeros and large numbers."""
    codes = torch.randn(200, 3, generator=torch.Generator().manual_seed(2))
    codes[:100] = codes[:100].half().float()
    codes[0] = torch.tensor([1 / 128, -1 / 128, -0.0])
    codes[1] = torch.tensor([1e6, -123456.7, 4e-7])
    codes[2] = torch.tensor([5e-7, -5e-7, -6e-7])
    return torch.arange(200) % len(NAMES), codes


def test_table_holds_index_class_and_code():
    labels, codes = example()
    text = selection.to_csv([0, 2, 7], labels, NAMES, codes)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["index", "class", "z1", "z2", "z3"]
    assert rows[1] == ["0", "T-shirt/top", "0.007813", "-0.007812", "0"]
    assert rows[2][:2] == ["2", "'=1+1"]
    assert [float(cell) for cell in rows[3][2:]] == pytest.approx(codes[7].tolist(), abs=5.1e-7)


def test_table_without_points_is_its_header():
    labels, codes = example()
    assert selection.to_csv([], labels, NAMES, codes) == "index,class,z1,z2,z3\r\n"


@needs_node
def test_browser_writes_the_same_table():
    labels, codes = example()
    module = bundle.COMPONENT_FOLDER / "live_view" / "selection" / "summary.js"
    script = (
        f"import {{ csvText }} from {json.dumps(str(module))};"
        f"const codes = Float32Array.from({json.dumps(codes.flatten().tolist())});"
        f"const indices = Uint32Array.from({json.dumps(list(range(200)))});"
        f"const [labels, names] = {json.dumps([labels.tolist(), NAMES])};"
        "console.log(JSON.stringify(csvText(indices, labels, names, codes, 3)));"
    )
    done = run_node("--input-type=module", "-e", script)
    assert json.loads(done.stdout) == selection.to_csv(range(200), labels, NAMES, codes)
