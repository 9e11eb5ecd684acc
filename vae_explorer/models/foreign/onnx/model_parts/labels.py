"""How many classes a conditional model knows."""

from vae_explorer.config import MAX_CLASSES
from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.model_parts.parts import Part, Parts


def classes_of(parts: Parts, count: int) -> int:
    """How many classes a model has; 0: it is not conditional."""
    found = [
        n for part in (parts.encoder, parts.decoder) if part.label for n in [_of_part(part)] if n
    ]
    if not parts.encoder.label and not parts.decoder.label:
        return 0
    classes = max(found, default=count)
    if classes < count or classes > MAX_CLASSES:
        raise CheckpointError(
            f"the model knows {classes:,} classes, but the labels at hand have {count:,}."
        )
    return classes


def _of_part(part: Part) -> int:
    """The classes of a label by its width, or by what class numbers are compared with."""
    if not part.label_is_index:
        return part.graph.size_of(part.label)
    reached = part.graph.dependent([part.label])
    for node in part.graph.nodes:
        if not reached & set(node.input):
            continue
        constants = [part.graph.constants[k] for k in node.input if k in part.graph.constants]
        if node.op_type == "Equal" and constants:
            return constants[0].size
        if node.op_type == "OneHot" and constants:
            return int(constants[0].reshape(-1)[0])
        if node.op_type == "Gather" and constants and node.input[1] in reached:
            return len(constants[0])
    return 0
