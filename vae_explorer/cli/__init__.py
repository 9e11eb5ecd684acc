"""The command line: everything the app can do, without the app.

Flags are built from the config dataclasses. Commands print what they made; with an error they
print one sentence and leave with status 1, as they do where what they print cannot be written.
"""

import sys
from collections.abc import Callable

import tyro

from vae_explorer.cli.output import standard_output
from vae_explorer.cli.server.app import app
from vae_explorer.errors import ExplorerError


def commands() -> dict[str, Callable[..., None]]:
    """All commands by name. Their modules need torch, which takes seconds to load."""
    from vae_explorer.cli.beliefs import posterior
    from vae_explorer.cli.data import data, encode
    from vae_explorer.cli.evaluation import anomalies, compare_models, evaluate, examine, models
    from vae_explorer.cli.explore import explore
    from vae_explorer.cli.export import export, import_model, publish
    from vae_explorer.cli.generation import interpolate, manifold, reconstruct, sample
    from vae_explorer.cli.selection import select
    from vae_explorer.cli.server.load import load
    from vae_explorer.cli.training import fetch, train

    return {
        "app": app,
        "load": load,
        "models": models,
        "compare": compare_models,
        "data": data,
        "train": train,
        "evaluate": evaluate,
        "doctor": examine,
        "sample": sample,
        "manifold": manifold,
        "interpolate": interpolate,
        "reconstruct": reconstruct,
        "posterior": posterior,
        "select": select,
        "encode": encode,
        "explore": explore,
        "import": import_model,
        "anomalies": anomalies,
        "publish": publish,
        "export": export,
        "download": fetch,
    }


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not standard_output.prepare():
        print(f"error: {standard_output.CLOSED}", file=sys.stderr)
        return 1
    try:
        status = _run(arguments)
        standard_output.flush()
        return status
    except OSError as error:
        standard_output.give_up()
        if said := standard_output.sentence(error):
            print(f"error: {said}", file=sys.stderr)
        return 1


def _run(arguments: list[str]) -> int:
    try:
        tyro.extras.subcommand_cli_from_dict(
            {"app": app} if arguments[:1] == ["app"] else commands(),  # the app has its own torch
            prog="vae-explorer",
            description="Train, measure and use variational autoencoders.",
            args=arguments,
            config=(
                tyro.conf.CascadeSubcommandArgs,
                tyro.conf.OmitArgPrefixes,
                tyro.conf.OmitSubcommandPrefixes,
            ),
        )
    except ExplorerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
