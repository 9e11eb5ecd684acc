"""Calling somebody's model: in eval mode, one call at a time, with inputs as it wants them.

The object stays as it was: its training flags are put back after each call. What its code raises
is a `ModelCallError` with its own traceback: it is the user's code.
"""

import contextlib
import inspect
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from vae_explorer.errors import CheckpointError

_ONE_AT_A_TIME = threading.RLock()


class ModelCallError(CheckpointError):
    """The user's own code raised; `trace` is its traceback."""

    def __init__(self, what: str, error: BaseException):
        self.trace = "".join(traceback.format_exception(error))
        super().__init__(f"{what} raised {type(error).__name__}: {str(error)[:300]}")


class Call:
    """One way into a model: a function of a batch, and of labels where it takes them."""

    def __init__(self, name: str, function: Callable[..., Any], owner: Any):
        self.name, self.function, self.owner = name, function, owner
        required, possible = _arguments(function)
        self.takes_labels = required > 1
        self.accepts_labels = possible > 1  # so that it is told them where it fails without
        self.wants_arrays = False  # numpy in place of tensors

    def __call__(self, v: Tensor, y: Tensor | None = None) -> Any:
        """What the function gives for a batch on its own device and of its own type."""
        parameter = _a_parameter(self.owner)
        if parameter is not None:
            v = v.to(parameter.device, parameter.dtype)
            y = y if y is None else y.to(parameter.device)
        if y is not None and self.accepts_labels and not self.takes_labels:
            try:
                return self._called([v], parameter)
            except ModelCallError:
                self.takes_labels = True
        return self._called([v] if y is None or not self.takes_labels else [v, y], parameter)

    def _called(self, given: list[Tensor], parameter: Tensor | None) -> Any:
        with _ONE_AT_A_TIME, evaluating(self.owner):
            if self.wants_arrays:
                return self._on_arrays(given)
            try:
                return self.function(*given)
            except Exception as error:
                if parameter is not None:
                    raise ModelCallError(self.name, error) from error
                try:
                    made = self._on_arrays(given)
                except ModelCallError:
                    raise ModelCallError(self.name, error) from error
                self.wants_arrays = True
                return made

    def _on_arrays(self, given: list[Tensor]) -> Any:
        try:
            return self.function(*(value.detach().cpu().numpy() for value in given))
        except Exception as error:
            raise ModelCallError(self.name, error) from error


@contextlib.contextmanager
def evaluating(owner: Any) -> Iterator[None]:
    """The modules of an object in eval mode, and afterwards as they were."""
    modules = list(owner.modules()) if isinstance(owner, nn.Module) else []
    training = [module for module in modules if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _a_parameter(owner: Any) -> Tensor | None:
    """One of the floating point parameters of a module."""
    if not isinstance(owner, nn.Module):
        return None
    every = (*owner.parameters(), *owner.buffers())
    return next((p for p in every if p.is_floating_point()), None)


def _arguments(function: Callable[..., Any]) -> tuple[int, int]:
    """How many arguments a function must be given, and how many it can be given in order."""
    target = function.forward if isinstance(function, nn.Module) else function
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return 1, 1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    in_order = [p for p in parameters if p.kind in positional]
    return sum(p.default is p.empty for p in in_order), len(in_order)


@contextlib.contextmanager
def repeatable(seed: int = 0) -> Iterator[None]:
    """A random state of its own for what a model draws in a call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
