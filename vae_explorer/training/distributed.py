"""Several processes that train one model together, as torchrun starts them; alone, a group of one.

Thin over torch.distributed: gloo between CPUs, nccl between GPUs.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed


class Group(NamedTuple):
    """Which of how many processes this one is. The first, rank 0, writes and speaks."""

    rank: int
    size: int

    def any(self, flag: bool) -> bool:
        """Whether one of the processes says so; each has to ask."""
        if self.size == 1:
            return flag
        votes = torch.tensor(int(flag), device=local_device())
        distributed.all_reduce(votes, distributed.ReduceOp.MAX)
        return bool(votes)

    def total(self, values: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def from_first(self, value: Any) -> Any:
        """What the first process has; the others' value is not looked at."""
        if self.size == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]


def group() -> Group:
    """The group this process is in."""
    if not distributed.is_initialized():
        return Group(0, 1)
    return Group(distributed.get_rank(), distributed.get_world_size())


@contextmanager
def joined() -> Iterator[Group]:
    """Join the processes that torchrun has started, if it has, and leave them at the end."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Group(0, 1)
        return
    gpu = torch.cuda.is_available()
    if gpu:
        torch.cuda.set_device(local_device())
    distributed.init_process_group("nccl" if gpu else "gloo")
    try:
        yield group()
    finally:
        gc.collect()  # or DistributedDataParallel keeps gloo's threads until the interpreter ends
        distributed.destroy_process_group()


def local_device() -> str:
    """Where this process computes: a GPU of its own where there is one."""
    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
