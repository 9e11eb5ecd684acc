"""What is done last to a value of a graph: forms that say how it is read."""

from vae_explorer.models.foreign.adapter import MIN_VARIANCE, WIDEST_LOGVAR
from vae_explorer.models.foreign.onnx.door.static_graph import StaticGraph

LAYOUT = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Dropout")


def through_layout(graph: StaticGraph, key: str) -> str:
    """The value that another is a reshaped copy of."""
    node = graph.producer(key)
    while node is not None and node.op_type in LAYOUT:
        key = node.input[0]
        node = graph.producer(key)
    return key


def factored(graph: StaticGraph, key: str, kind: str, number: float) -> str:
    """The value that is put together with a number by an operator; empty: it is none."""
    node = graph.producer(key)
    if node is None or node.op_type != kind:
        return ""
    numbers = [graph.constants[k] for k in node.input if k in graph.constants]
    others = [k for k in node.input if k not in graph.constants]
    if len(others) == 1 and numbers and numbers[0].size == 1:
        close = abs(numbers[0].item() - number) <= 1e-6 * abs(number)
        return others[0] if close else ""
    return ""


def of_our_export(graph: StaticGraph, key: str) -> tuple[str, str] | None:
    """The second head, and its kind, of which our own export has made logvar; None: it has not.

    Such as Clip(2 log(max(softplus(v), least))); see `export.value_graph`.
    """
    clip = graph.producer(key)
    if clip is None or clip.op_type != "Clip" or len(clip.input) != 3:
        return None
    ends = [graph.constants.get(k) for k in clip.input[1:]]
    if any(end is None or end.size != 1 for end in ends):
        return None
    if tuple(float(end.item()) for end in ends if end is not None) != WIDEST_LOGVAR:
        return None
    doubled = factored(graph, clip.input[0], "Mul", 2)
    log = graph.producer(doubled or clip.input[0])
    if log is None or log.op_type != "Log":
        return clip.input[0], "log_variance"
    width = factored(graph, log.input[0], "Max", MIN_VARIANCE)
    node = graph.producer(width) if width else None
    if not doubled:
        return (width, "variance") if width else None
    kinds = {"Softplus": "softplus_standard_deviation", "Abs": "standard_deviation"}
    if node is None or node.op_type not in kinds:
        return None
    return node.input[0], kinds[node.op_type]
