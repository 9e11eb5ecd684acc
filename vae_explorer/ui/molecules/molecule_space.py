"""The latent space of a model of molecules, ready to be shown: coloured by a property.

Pages that know codes alone show it as such: `MoleculeSpace.space`. What it stands for is here: the
molecule of each code, and what the model writes at a point. Of more than three coordinates the
principal components are shown. Shared by all sessions: never change what is handed out.
"""

import dataclasses
import itertools
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.latent import geometry
from vae_explorer.latent.path_kinds import PATHS
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.foreign.codes.codes_model import CodesConfig, CodesModel
from vae_explorer.models.molecules import components, in_smiles
from vae_explorer.models.molecules.components import Components
from vae_explorer.models.molecules.in_smiles import Decoded
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecules import chemistry, molecule_table
from vae_explorer.molecules.chemistry import PROPERTIES
from vae_explorer.molecules.molecule_table import MoleculeTable
from vae_explorer.ui.molecules import property_words
from vae_explorer.ui.session import latent_space, model_selection, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept

PRIOR_REACH = 4.5  # standard deviations from the middle that nearly all samples stay within
BINS = 5  # groups of equal size that a property is coloured by
# From low to high: five of Viridis' colours, each told from the others in light and in dark
RISING = ("#5c3a92", "#3b6fb0", "#1f9a8a", "#62b13f", "#d6a400")


class MoleculeSpace(NamedTuple):
    """A model of molecules with its encoded ones, as pages show it."""

    checkpoint: Checkpoint  # the model itself
    space: Space  # of its codes along `components`, the classes being groups of a property
    components: Components
    smiles: tuple[str, ...]  # of each code
    properties: ndarray  # (N, 4), in the order of PROPERTIES
    coloured_by: str  # one of PROPERTIES

    @property
    def model(self) -> MoleculeVAE:
        """The network."""
        assert isinstance(self.checkpoint.model, MoleculeVAE)
        return self.checkpoint.model

    def decoded(self, shown: Tensor) -> list[Decoded]:
        """What the model writes at points as they are shown (N, D)."""
        return in_smiles.decoded(self.model, self.components.back(shown))

    def table(self, shown: Tensor) -> MoleculeTable:
        """The same with the properties of each molecule; kept, as pages ask again at every run."""
        return _table(self.checkpoint, self.components.back(shown))

    def path(self, kind: str, start: Tensor, end: Tensor, steps: int) -> Tensor:
        """A path of `PATHS` between points as they are shown, (D,), (D,) -> (steps, D).

        It is taken in the model's own coordinates: the prior's shell lies around their origin.
        """
        function = PATHS[kind].path
        assert function is not None, "strings have no geodesic"
        here = function(self.components.back(start), self.components.back(end), steps)
        return self.components.of(here)

    def encoded(self, smiles: list[str]) -> tuple[Tensor, Tensor]:
        """Codes of molecules as they are shown (N, D), and their spreads in the model (N, D).

        DataError names what cannot be read.
        """
        mu, logvar = in_smiles.encode(self.model, smiles)
        return self.components.of(mu), (0.5 * logvar).exp()


def current() -> MoleculeSpace:
    """Of the chosen model, coloured as the visitor chose."""
    coloured_by = registry.COLOURED_BY.get(PROPERTIES[0])
    return of(
        model_selection.current(), coloured_by if coloured_by in PROPERTIES else PROPERTIES[0]
    )


def of(checkpoint: Checkpoint, coloured_by: str = PROPERTIES[0]) -> MoleculeSpace:
    """The space of a model; CheckpointError where its file keeps no encoded molecules."""
    encoded, smiles = checkpoint.encoded, checkpoint.smiles
    if encoded is None or len(smiles) != len(encoded.mu):
        raise CheckpointError(
            f"{checkpoint.name} keeps no encoded molecules: publish it, and open that file."
        )
    chemistry.require()
    return _of(checkpoint, coloured_by)


@kept(16, title="Measuring the molecules …")
def _of(checkpoint: Checkpoint, coloured_by: str) -> MoleculeSpace:
    assert checkpoint.encoded is not None
    values, along = _properties(checkpoint), components.components(checkpoint.encoded.mu)
    shown = _as_codes(checkpoint, along, values[:, PROPERTIES.index(coloured_by)], coloured_by)
    space = latent_space.of(shown)
    space = space._replace(colours=RISING[: len(shown.classes)], ranges=_ranges(space))
    return MoleculeSpace(checkpoint, space, along, checkpoint.smiles, values, coloured_by)


@kept(8)
def _properties(checkpoint: Checkpoint) -> ndarray:
    return chemistry.properties(checkpoint.smiles)


@kept(64)
def _table(checkpoint: Checkpoint, z: Tensor) -> MoleculeTable:
    assert isinstance(checkpoint.model, MoleculeVAE)
    return molecule_table.table(in_smiles.decode(checkpoint.model, z))


def _as_codes(
    checkpoint: Checkpoint, along: Components, values: ndarray, coloured_by: str
) -> Checkpoint:
    """The model's codes along components, without a network, in groups of a property."""
    encoded, config = checkpoint.encoded, checkpoint.config
    assert encoded is not None
    labels, names = grouped(values, coloured_by)
    spread = config.variational and not along.rotated  # else the spreads are not those of the axes
    shown = EncodedSet(
        along.of(encoded.mu), encoded.logvar, torch.from_numpy(labels), encoded.split
    )
    model = CodesModel(CodesConfig(config.latent_dim, variational=spread))
    return dataclasses.replace(
        checkpoint,
        model=model,
        config=model.config,
        classes=names,
        encoded=shown,
        detector=None,
        property_head=None,
        sha256=f"{checkpoint.sha256}-{coloured_by}",
    )


def _ranges(space: Space) -> list[geometry.Range]:
    """What sliders offer: where the codes and the prior's samples lie.

    In many coordinates nearly each sample leaves the codes' range somewhere, and a string that is
    decoded from the nearest place within it would be another molecule.
    """
    edge = torch.full((1, len(space.ranges)), PRIOR_REACH)
    reached = torch.cat([space.codes.mu, edge, -edge])
    return geometry.coordinate_ranges(reached, digits=space.decimals - 1)


def is_of(sha: str, checkpoint: Checkpoint) -> bool:
    """Whether a space by that hash shows the model, however it is coloured."""
    return sha.partition("-")[0] == checkpoint.sha256


def grouped(values: ndarray, name: str) -> tuple[ndarray, tuple[str, ...]]:
    """Labels (N,) int64 of BINS groups of equal size by rising value (N,), and their names.

    Fewer groups where values repeat.
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
    labels = np.searchsorted(edges, values, side="right").astype(np.int64)
    texts = [property_words.figure(name, edge) for edge in edges]
    if not texts:
        return labels, (name,)
    between = [f"{name} {low} to {high}" for low, high in itertools.pairwise(texts)]
    return labels, (f"{name} < {texts[0]}", *between, f"{name} > {texts[-1]}")
