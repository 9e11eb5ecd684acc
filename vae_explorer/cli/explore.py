"""The command that opens a model made elsewhere: says how it was read, and shows it in the app."""

import sys
from pathlib import Path
from typing import Annotated, Any

import tyro
from torch import Generator
from typing_extensions import Doc

from vae_explorer.cli.arguments import check_seed, load_model, read_model_file
from vae_explorer.cli.output.progress import StageBars
from vae_explorer.data import datasets
from vae_explorer.data.splits import Dataset
from vae_explorer.errors import CheckpointError, ExplorerError
from vae_explorer.evaluation import doctor, metrics, opened_models
from vae_explorer.models import checkpoint_reader, checkpoints
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign import model_door
from vae_explorer.models.foreign.codes import open_codes
from vae_explorer.models.foreign.live import factories
from vae_explorer.models.foreign.live.adapt import adapt
from vae_explorer.models.foreign.live.calls import ModelCallError
from vae_explorer.models.foreign.live.live_model import opened_of
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.models.foreign.weights import weight_files
from vae_explorer.training.runs.model_library import list_models


def explore(
    model: Annotated[
        list[str],
        tyro.conf.Positional,
        Doc(
            "a file of weights (.pt, .pth, .ckpt, .safetensors), one or two .onnx files, "
            "package.module:factory, your own code that makes the model, codes alone (.npz, .csv, "
            ".parquet), or a model of ours"
        ),
    ],
    *,
    data: Annotated[
        str,
        Doc("pictures it was trained on: a name, or a path; codes and models of ours need none"),
    ] = "",
    weights: Annotated[Path | None, Doc("of the model that a factory makes")] = None,
    read: Annotated[
        tuple[str, ...],
        Doc('what shall not be measured, as the card has it: "second head=variance"'),
    ] = (),
    roles: Annotated[
        tuple[str, ...],
        Doc("layers of weights that are not recognised: encoder=fc1,fc2 mean=fc3 decoder=fc4"),
    ] = (),
    to: Annotated[Path | None, Doc("write it as a .safetensors file of ours as well")] = None,
    app: Annotated[bool, Doc("show it in the app; without, only the card is printed")] = True,
    port: Annotated[int | None, Doc("of the app")] = None,
    browser: Annotated[bool, Doc("open the app in a browser")] = True,
    seed: Annotated[int, Doc("of the noise by which readings are compared")] = 0,
) -> None:
    """Open a model that was made elsewhere, say how it was read, and explore it."""
    check_seed(seed)
    is_factory = len(model) == 1 and factories.is_factory(model[0])
    of_models = {"--weights": weights, "--read": read, "--roles": roles, "--to": to}
    _refuse_idle([flag for flag, value in of_models.items() if value], bool(data), is_factory)
    if not data:
        checkpoint = _as_it_is(model)
        if app:
            _show(checkpoint, port, browser)
        return
    dataset = datasets.load_dataset(data)
    generator = Generator().manual_seed(seed)
    given = dict(_pair(text, "--read") for text in read)
    with StageBars() as progress:
        if is_factory:
            opened = _by_factory(model[0], weights, dataset, given, seed)
        else:
            opened = _of_files(model, dataset, given, roles, generator)
        if to is not None and not opened_models.can_be_kept(opened.checkpoint):
            raise CheckpointError("--to cannot hold it: the model runs by code of its own.")
        checkpoint = opened_models.completed(opened, dataset, progress)
    print("\n".join(opened.card.sentences()))
    for key, score in checkpoint.scores.items():
        print(f"{key:20} {metrics.figure_text(key, score):>16}  {score['protocol']}")
    print("\n".join(doctor.lines(opened_models.findings(opened, dataset))))
    if to is not None:
        checkpoints.save_checkpoint(checkpoint, to)
        print(f"wrote {to}")
    if app:
        _show(checkpoint, port, browser)


def _refuse_idle(flags: list[str], has_data: bool, is_factory: bool) -> None:
    """ExplorerError where one of these flags would do nothing."""
    if flags and not has_data:
        raise ExplorerError(f"{', '.join(flags)}: of models, which need --data.")
    if "--weights" in flags and not is_factory:
        raise ExplorerError("--weights is of the model that a factory makes, package.module:name.")
    if "--roles" in flags and is_factory:
        raise ExplorerError("--roles is of files of weights: a factory's model says its own.")


def _show(checkpoint: Checkpoint, port: int | None, browser: bool) -> None:
    from vae_explorer.notebook.explore import explore as show  # it needs the app

    show(checkpoint, name=checkpoint.name, port=port, browser=browser, block=True)


def _as_it_is(paths: list[str]) -> Checkpoint:
    """What needs no pictures to be understood: a checkpoint of ours, or codes."""
    path, *others = map(Path, paths)
    ours = checkpoint_reader.is_ours(path) or any(m.key == str(path) for m in list_models())
    if others or not (ours or open_codes.is_codes(path.name)):
        raise ExplorerError("give --data, the pictures that the model was trained on.")
    if not ours:
        return _codes(path)
    checkpoint = load_model(path, molecules=True)
    print(f"{checkpoint.name}: a checkpoint that VAE Explorer has written")
    return checkpoint


def _codes(path: Path) -> Checkpoint:
    """Codes without a model, with what was found said."""
    opened = open_codes.open_codes_file(path)
    codes = opened.checkpoint.encoded
    assert codes is not None  # they are all there is
    count, dims = codes.mu.shape
    classes = len(opened.checkpoint.classes) or 1
    print(f"{count:,} codes of {dims} coordinates, {classes} classes")
    print("\n".join(opened.remarks))
    return opened.checkpoint


def _pair(text: str, flag: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise ExplorerError(f'{flag} takes answers such as "second head=variance", got {text!r}.')
    name = name.strip().replace("_", " ").replace("-", " ")
    try:
        return name, float(value)
    except ValueError:
        return name, value.strip()


def _by_factory(
    source: str, weights: Path | None, dataset: Dataset, given: dict[str, Any], seed: int
) -> Opened:
    try:
        model = factories.made(source)
        if weights is not None:
            loaded, _ = weight_files.read_weights(weights)
            fitting = factories.fitting(model, (loaded.raw, loaded.tensors))
            model = factories.with_weights(model, fitting, weights.name)
        x, y = opened_models.measuring_pictures(dataset)
        hints = {name.replace(" ", "_"): value for name, value in given.items()}
        return opened_of(adapt(model, x, y, seed=seed, **hints), source.rpartition(":")[2])
    except ModelCallError as error:
        print(error.trace, file=sys.stderr)
        raise


def _of_files(
    paths: list[str],
    dataset: Dataset,
    given: dict[str, Any],
    roles: tuple[str, ...],
    generator: Generator,
) -> Opened:
    contents = model_door.by_name((Path(path).name, read_model_file(Path(path))) for path in paths)
    x, y = opened_models.measuring_pictures(dataset)
    try:
        return model_door.open_model(
            contents,
            x,
            y,
            given=given,
            roles=" ".join(roles) or None,
            generator=generator,
        )
    except CheckpointError:
        if not roles:  # for those who then say which layer is which
            for row in opened_models.layers(contents, dataset):
                print(f"{row.name:48} {row.shape!s:24} {row.role}", file=sys.stderr)
        raise
