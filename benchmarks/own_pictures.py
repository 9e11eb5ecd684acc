"""How many pictures of invented hands land among the digits they are, and what each step gives.

    python benchmarks/own_pictures.py [--steps] [--each 2] [--checkpoint PATH]

Each picture of handwriting.py is prepared, encoded, and given the class of its 5 nearest codes:
of the model's training pictures where they are at hand (MNIST lies in `VAE_EXPLORER_DATA`), else of
the test pictures that the checkpoint carries. Printed is the share of right classes by kind of
page; with --steps also, of every second picture, before and after each step: steps added one after
the other, and each left out alone. A picture that is refused counts as wrong. The second half of
the hands is held out: nothing was tuned on it. At last pages with several digits, and MNIST's own
test digits as they are and drawn large on a page. Exit status 1 unless 90 % of the pictures of each
half of the hands land right.
"""

import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import torch
import tyro
from hands import HANDS, TUNING
from handwriting import PAGES, Own, encode, own_pictures, several
from numpy import ndarray
from scipy import ndimage, spatial

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.data import datasets
from vae_explorer.data.handwriting.preprocessing import STEPS, preprocess_all, preprocess_image
from vae_explorer.errors import UploadError
from vae_explorer.models.checkpoints import Checkpoint, encode_split, load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED

GOAL = 0.9
NEIGHBOURS = 5
Judge = Callable[[Sequence[torch.Tensor | None]], ndarray]


def main(
    steps: bool = False,
    each: int = 2,
    seed: int = 0,
    checkpoint: Path = SHIPPED / "mnist-3d.safetensors",
) -> None:
    """Print the tables and the goal."""
    judge = _judge(load_checkpoint(checkpoint))
    own = own_pictures(each, seed)
    right = _right(own, judge)
    print(f"{len(own)} pictures of {len(HANDS)} hands\n")
    _print_pages(own, right)
    if steps:
        _print_steps(own, judge)
    _print_several(judge)
    _print_mnist(judge)
    tuned, held_out = (right[_half(own) == half].mean() for half in (0, 1))
    reached = min(tuned, held_out) >= GOAL
    print(f"\ngoal, {GOAL:.0%} of each half: {'reached' if reached else 'missed'}")
    raise SystemExit(0 if reached else 1)


def _judge(checkpoint: Checkpoint) -> Judge:
    """A function of pictures (1, 28, 28), None where refused -> classes (N,), -1 where refused."""
    codes, labels, name = _reference(checkpoint)
    tree = spatial.KDTree(codes)
    print(f"{checkpoint.name}, classed by {NEIGHBOURS} nearest of {len(codes):,} {name} codes")

    def judge(pictures: Sequence[torch.Tensor | None]) -> ndarray:
        classes = np.full(len(pictures), -1)
        seen = [i for i, picture in enumerate(pictures) if picture is not None]
        if seen:
            with torch.inference_mode():
                mu, _ = checkpoint.model.encode(torch.stack([pictures[i] for i in seen]))
            _, near = tree.query(mu.numpy(), NEIGHBOURS)
            classes[seen] = [np.bincount(labels[n]).argmax() for n in near]
        return classes

    return judge


def _reference(checkpoint: Checkpoint) -> tuple[ndarray, ndarray, str]:
    """Codes (N, D), labels (N,) and the name of the split they are of."""
    if datasets.available("mnist"):
        train = datasets.load_dataset("mnist").train
        encoded = encode_split(
            checkpoint.model, datasets.to_unit(train.images), train.labels, "train"
        )
    else:
        encoded = checkpoint.encoded
    return encoded.mu.numpy(), encoded.labels.numpy(), encoded.split


def _right(own: Sequence[Own], judge: Judge, without: Collection[str] = ()) -> ndarray:
    """Which pictures land among their own digit, (N,) bool."""
    pictures = []
    for picture in own:
        try:
            pictures.append(preprocess_image(picture.data, without=without).image)
        except UploadError:
            pictures.append(None)
    return judge(pictures) == [picture.digit for picture in own]


def _half(own: Sequence[Own]) -> ndarray:
    return np.array([picture.hand >= TUNING for picture in own])


def _line(name: str, own: Sequence[Own], right: ndarray) -> None:
    late = _half(own)
    shares = right.mean(), right[~late].mean(), right[late].mean()
    print(f"{name:44}{''.join(f'{share:10.1%}' for share in shares)}")


def _print_pages(own: Sequence[Own], right: ndarray) -> None:
    print(f"{'':44}{'all':>10}{'tuned on':>10}{'held out':>10}")
    for page in PAGES:
        chosen = np.array([picture.page == page for picture in own])
        _line(page, [p for p, c in zip(own, chosen, strict=True) if c], right[chosen])
    _line("all", own, right)


def _print_steps(own: Sequence[Own], judge: Judge) -> None:
    names, own = list(STEPS), own[::2]
    print(f"\none step after the other, {len(own)} pictures")
    for count in range(len(names) + 1):
        what = f"+ {names[count - 1]}" if count else "only resized"
        _line(what, own, _right(own, judge, names[count:]))
    print("\nall steps but one")
    for name in names:
        _line(f"- {name}", own, _right(own, judge, [name]))


def _print_several(judge: Judge) -> None:
    rows = several()
    found = [[drawing.image for drawing in preprocess_all(row.data)] for row in rows]
    counted = [len(f) == len(row.digits) for f, row in zip(found, rows, strict=True)]
    right = [list(judge(f)) == row.digits for f, row in zip(found, rows, strict=True)]
    print(f"\n{len(rows)} pages of several digits: as many found {np.mean(counted):.1%}, ", end="")
    print(f"all of them right and in order {np.mean(right):.1%}")


def _print_mnist(judge: Judge, count: int = 1000) -> None:
    if not datasets.available("mnist"):
        return
    test = datasets.load_dataset("mnist").test
    plain = [image[None] / 255 for image in test.images[:count]]
    large = [preprocess_image(encode(_large(image.numpy()))).image for image in test.images[:count]]
    labels = test.labels[:count].numpy()
    for name, pictures in (("as they are", plain), ("ten times as large, on paper", large)):
        print(f"{count} MNIST test digits {name}: {(judge(pictures) == labels).mean():.1%}")


def _large(image: ndarray) -> ndarray:
    """A digit (28, 28) -> dark on a white page (280, 280), in [0, 1]."""
    return 1 - ndimage.zoom(image / 255, 10, order=3).clip(0, 1)


if __name__ == "__main__":
    tyro.cli(main)
