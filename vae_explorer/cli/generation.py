"""Commands that make pictures: drawn from a model, between two, or of somebody's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import torch
import tyro
from torch import Tensor
from typing_extensions import Doc

from vae_explorer import figures
from vae_explorer.cli import molecules
from vae_explorer.cli.arguments import (
    CheckpointPath,
    check_between,
    label_of,
    load_model,
    read_picture,
    write_file,
    write_files,
)
from vae_explorer.cli.output.progress import StageBars
from vae_explorer.data import uploads
from vae_explorer.data.handwriting.preprocessing import Prepared
from vae_explorer.errors import DataError, ExplorerError, ExportError
from vae_explorer.export import sample_files
from vae_explorer.latent import generation, geometry, walks
from vae_explorer.latent import pose as digit_pose
from vae_explorer.latent.path_kinds import GEODESIC, PATHS
from vae_explorer.latent.pose import Pose
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.molecule_config import MoleculeConfig

if TYPE_CHECKING:
    PathKind = str
else:
    PathKind = Literal[tuple(PATHS)]


def sample(
    checkpoint: CheckpointPath,
    *,
    count: Annotated[int, Doc("how many")] = 30,
    seed: Annotated[int, Doc("of the first; the i-th has this seed plus i")] = 0,
    seeds: Annotated[str, Doc("of each, such as 0-23,40, in place of count and seed")] = "",
    temperature: Annotated[float, Doc("how far draws go from the middle; 1: as trained")] = 1.0,
    label: Annotated[int | None, Doc("class to make, from 0; else draws from the prior")] = None,
    out: Annotated[
        Path | None,
        Doc(
            "a .png sheet (unless said), .npz archive, .zip, or else a folder to make; of "
            "molecules a .smi (unless said) or .csv"
        ),
    ] = None,
) -> None:
    """Decode draws from the prior, or of a class, one a seed.

    A conditional model is given the class; for any other they come from the density of the class
    among its encoded pictures.
    """
    check_between("count", count, 1, 10_000)
    check_between("seed", seed, 0, generation.MAX_SEED - count)
    check_between("temperature", temperature, 0, 10)
    model = load_model(checkpoint, molecules=True)
    wanted = generation.read_seeds(seeds) if seeds else list(range(seed, seed + count))
    if isinstance(model.config, MoleculeConfig):
        molecules.sample(model, wanted, temperature, out or Path("samples.smi"))
        return
    out = out or Path("samples.png")
    if model.config.classes:
        label = label_of(model, label)
    samples = sample_files.draw_samples(model, model.encoded, wanted, temperature, label)
    match out.suffix.lower():
        case ".png":
            write_file(out, samples.png())
        case ".npz":
            write_file(out, samples.npz())
        case ".zip" | "":
            write_files(out, samples.folder())
        case suffix:
            raise ExportError(f"no pictures are written as {suffix}: use .png, .npz, .zip or none.")


def manifold(
    checkpoint: CheckpointPath,
    *,
    across: Annotated[int, Doc("coordinate that grows to the right, from 1")] = 1,
    up: Annotated[int, Doc("coordinate that grows upwards")] = 2,
    n: Annotated[int, Doc("pictures along a side")] = 30,
    extent: Annotated[float, Doc("how far to go from 0 each way, prior deviations")] = 2.0,
    label: Annotated[int | None, Doc("class, for a conditional model")] = None,
    out: Annotated[Path, Doc("PNG file to write")] = Path("manifold.png"),
) -> None:
    """Decode a grid over two coordinates, all others at 0, into one picture."""
    check_between("n", n, 2, 100)
    check_between("extent", extent, 0, 100)
    model = load_model(checkpoint)
    count = model.config.latent_dim
    if count == 1:
        raise ExplorerError("this model has one coordinate: there is no plane to show.")
    for what, number in (("across", across), ("up", up)):
        check_between(what, number, 1, count)
    if across == up:
        raise ExplorerError("across and up must be two different coordinates.")
    extents = [geometry.Range(-extent, extent)] * count
    z = geometry.slice_plane(torch.zeros(count), (across - 1, up - 1), extents, n)
    pictures = inference.decode(model, z, label_of(model, label))
    write_file(out, figures.png(figures.sheet(pictures, n, gap=0)))


def interpolate(
    checkpoint: CheckpointPath,
    start: Annotated[int, tyro.conf.Positional, Doc("index of a test picture")],
    end: Annotated[int, tyro.conf.Positional, Doc("index of another")],
    *,
    path: Annotated[
        PathKind, Doc("between their codes; a geodesic is short as decoded")
    ] = "straight",
    steps: Annotated[int, Doc("pictures, both ends included")] = 16,
    ping_pong: Annotated[bool, Doc("an animation plays forth and back")] = True,
    milliseconds: Annotated[int, Doc("that an animation shows each picture")] = 80,
    out: Annotated[
        Path | None,
        Doc(
            "a .gif (unless said) or .webp animation, or a .png strip; of molecules a .smi (unless "
            "said) or .csv"
        ),
    ] = None,
) -> None:
    """Walk between two test pictures through the latent space."""
    check_between("steps", steps, 2, walks.MAX_STEPS)
    check_between("milliseconds", milliseconds, 10, 10_000)
    model = load_model(checkpoint, molecules=True)
    of_molecules = isinstance(model.config, MoleculeConfig)
    out = out or Path("interpolation.smi" if of_molecules else "interpolation.gif")
    kind = out.suffix.lower()
    if not of_molecules and kind not in (".gif", ".webp", ".png"):
        raise ExplorerError(f"{out} must end in .gif, .webp or .png.")
    encoded = model.encoded
    if encoded is None:
        raise DataError("the checkpoint holds no encoded pictures: publish it first.")
    for index in (start, end):
        check_between("the index of a picture", index, 0, len(encoded.mu) - 1)
    if of_molecules:
        molecules.interpolate(model, start, end, path, steps, out)
        return
    first, last = encoded.mu[start], encoded.mu[end]
    label, geodesic = int(encoded.labels[start]), None
    if path == GEODESIC:
        with StageBars() as bar:
            for progress in walks.search(model, first, last, label, encoded.mu):
                bar("geodesic", progress.share)
                geodesic = progress.path
    walk = walks.walk(model, path, first, last, steps, label, geodesic)
    if kind == ".png":
        write_file(out, figures.png(figures.sheet(walk.pictures, steps), 4))
    else:
        animation = figures.gif if kind == ".gif" else figures.webp
        frames = list(figures.to_bytes(walk.pictures))
        write_file(out, animation(frames, milliseconds=milliseconds, ping_pong=ping_pong))
    print(f"length as decoded: {walk.travelled[-1]:.3f}")


def reconstruct(
    checkpoint: CheckpointPath,
    pictures: Annotated[
        list[str],
        tyro.conf.Positional,
        Doc("picture files; for a model of molecules SMILES, or files of them"),
    ],
    *,
    label: Annotated[int | None, Doc("class, for a conditional model")] = None,
    pose: Annotated[
        bool, Doc("take the most probable of 15 poses: of handwriting, up to 3 coordinates")
    ] = True,
    out: Annotated[Path, Doc("PNG file to write")] = Path("reconstruction.png"),
) -> None:
    """Reconstruct pictures: what the model sees above what it makes of it."""
    if not pictures:
        raise ExplorerError("there is nothing to reconstruct: name at least one of your own.")
    model = load_model(checkpoint, molecules=True)
    if isinstance(model.config, MoleculeConfig):
        molecules.reconstruct(model, pictures)
        return
    prepared = [uploads.read_one(read_picture(Path(p)), model.picture_reading) for p in pictures]
    taken = _poses(model, prepared) if pose else [None] * len(prepared)
    images = torch.stack([(t or p).image for p, t in zip(prepared, taken, strict=True)])
    result = inference.reconstruct(model, images, label_of(model, label))
    for path, mu, sigma, one in zip(pictures, result.mu, result.sigma, taken, strict=True):
        print(f"{path}: mu {_round(mu)}, sigma {_round(sigma)}{_in_words(model, one)}")
    write_file(out, figures.png(figures.contact_sheet([images, result.pictures]), 6))


def _poses(model: Checkpoint, prepared: list[Prepared]) -> list[Pose | None]:
    """The pose of each picture; None of one that stays as it came."""
    if digit_pose.hindrance(model) or not any(one.resampled for one in prepared):
        return [None] * len(prepared)
    poser = digit_pose.poser(model)
    return [digit_pose.take(poser, one.image) if one.resampled else None for one in prepared]


def _in_words(model: Checkpoint, pose: Pose | None) -> str:
    if pose is None:
        return ""
    names = model.classes or tuple(map(str, range(pose.label + 1)))
    taken = f"{pose.sentence}; " if pose.sentence else ""
    return f" ({taken}{100 * pose.share:.0f} % of votes: {names[pose.label]})"


def _round(values: Tensor) -> str:
    return "(" + ", ".join(f"{v:.3f}" for v in values.tolist()) + ")"
