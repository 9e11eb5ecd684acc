"""How often a picture made on demand is of the class that was asked for, model by model.

    python benchmarks/class_hits.py [--per-class 1000] [--temperature 1.0] [--dataset mnist]

A conditional model is told the class and draws from its prior. Any other draws from the density of
the class in its latent space: the posteriors of every second test picture of the class. The judge
is the other model with the best scores (never the one that is judged, and unconditional), by the
five nearest of the test pictures that no density is made of; how often it is right on the pictures
that densities are made of stands in the last column. Styles: codes of test pictures, taken to all
classes but their own. Intervals are 95 % of Wilson; those of styles, of bootstrap draws of whole
styles. No data set is needed.
"""

import sys
from pathlib import Path

import torch
import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation import class_judge
from vae_explorer.evaluation.class_judge import Hits, Judge
from vae_explorer.models import model_matching
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import list_models


def main(
    per_class: int = 1_000, styles: int = 500, temperature: float = 1.0, dataset: str = "mnist"
) -> None:
    """Print a line a model, then by class those told, each with the model most like it."""
    torch.set_num_threads(1)
    models = {entry.key: load_checkpoint(entry.path) for entry in list_models()}
    known = {key: model_matching.facts(key, model) for key, model in models.items()}
    known = {key: facts for key, facts in known.items() if facts.dataset == dataset}
    print(f"{'model':22}{'':4}{'asked for a class':>25}{'a style taken to another':>28}  judge")
    by_class: dict[str, Hits] = {}
    judges: dict[str, Judge] = {}
    for key, facts in sorted(known.items(), key=lambda pair: not pair[1].conditional):
        fit = model_matching.judges(facts, known.values())
        if not fit:
            print(f"{key:22} nobody can judge it")
            continue
        name = fit[0].key
        judges.setdefault(name, class_judge.judge(models[name]))
        own = models[key], models[key].encoded, judges[name]
        try:
            made = class_judge.class_hits(*own, per_class=per_class, temperature=temperature)
            moved = class_judge.style_hits(*own, styles=styles)
        except ExplorerError as error:
            print(f"{key:22} {error}")
            continue
        by_class[key] = made
        kind = "told" if facts.conditional else "not"
        right = f"{name}, right on real pictures in {judges[name].real.total}"
        print(f"{key:22}{kind:>4}{made.total!s:>25}{moved.total!s:>28}  {right}", flush=True)
    told = [key for key in by_class if known[key].conditional]
    alike = [
        other.key
        for key in told
        for other in model_matching.counterparts(known[key], known.values())[:1]
    ]
    shown = [key for key in dict.fromkeys([*told, *alike]) if key in by_class]
    print(f"\n{'class':10}{''.join(f'{key:>28}' for key in shown)}")
    for label in sorted({label for key in shown for label in by_class[key].by_class}):
        cells = (str(by_class[key].by_class.get(label, "–")) for key in shown)
        print(f"{label!s:10}{''.join(f'{cell:>28}' for cell in cells)}")


if __name__ == "__main__":
    tyro.cli(main)
