"""What the doctor says: one fault of a model, the figure behind it, what to do."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is wrong with a model."""

    name: str  # the field's word for it
    evidence: str  # one sentence, with the figure behind it
    cure: str  # one sentence
    figure: float  # the one in `evidence`
