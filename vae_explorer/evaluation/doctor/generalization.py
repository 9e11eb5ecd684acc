"""Whether a model knows its training pictures better than others."""

import math

from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.evaluation.doctor.patient import Patient

WORSE_NATS, WORSE_SHARE = 5.0, 0.25  # of -log p(x|z) at the mean: what others may cost more
CERTAIN = 4.0  # standard errors


def overfitting(patient: Patient, others: Patient) -> Finding | None:
    """Pictures of the training set that are reconstructed far better than `others`."""
    costs = [
        one.model.pixel_nll(one.raw(one.mu[one.few], one.few_labels), one.targets)
        for one in (patient, others)
    ]
    known, unknown = (cost.mean().item() for cost in costs)
    error = math.sqrt(sum((cost.var() / len(cost)).item() for cost in costs))
    worse = unknown - known
    if worse < max(WORSE_NATS, WORSE_SHARE * abs(known), CERTAIN * error):
        return None
    return Finding(
        "Over-fitting",
        f"held-out pictures cost {unknown:.1f} nats to reconstruct, training pictures {known:.1f}.",
        "Stop when validation stops improving, train on more or deformed pictures, or use dropout.",
        worse,
    )
