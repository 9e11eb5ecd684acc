"""How often a picture made on demand is of the class that was asked for, model by model.

    python benchmarks/class_agreement.py [--per-class 1000] [--temperature 1.0] [--dataset mnist]

A conditional model is given the class and draws from its prior. Any other draws from the density
of the class in its latent space: the posteriors of every second test picture of the class. The
classifier is the other unconditional model with the best scores, by the five nearest of the test
pictures that no density is made of; how often it is right on the pictures that densities are made
of stands in the last column. Styles: codes of test pictures, taken to all
classes but their own. Intervals are 95 % of Wilson; those of styles, of bootstrap draws of whole
styles. No data set is needed.
"""

import sys
from pathlib import Path

import torch
import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation.classes import class_judge
from vae_explorer.evaluation.classes.class_judge import Agreement, Classifier
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs import model_matching
from vae_explorer.training.runs.model_library import list_models


def main(
    per_class: int = 1_000, styles: int = 500, temperature: float = 1.0, dataset: str = "mnist"
) -> None:
    """Print a line a model; then by class the conditional ones, each beside its counterpart."""
    torch.set_num_threads(1)
    models = {entry.key: load_checkpoint(entry.path) for entry in list_models()}
    facts_of = {key: model_matching.facts(key, model) for key, model in models.items()}
    facts_of = {key: facts for key, facts in facts_of.items() if facts.dataset == dataset}
    print(f"{'model':36}{'asked for a class':>21}{'a style taken to another':>28}  classifier")
    by_class: dict[str, Agreement] = {}
    classifiers: dict[str, Classifier] = {}
    for key, facts in sorted(facts_of.items(), key=lambda pair: not pair[1].conditional):
        suited = model_matching.classifiers(facts, facts_of.values())
        if not suited:
            print(f"{key:36} no other model can classify its pictures")
            continue
        name = suited[0].key
        classifiers.setdefault(name, class_judge.classifier_of(models[name]))
        subject = models[key], models[key].encoded, classifiers[name]
        try:
            generated = class_judge.class_agreement(
                *subject, per_class=per_class, temperature=temperature
            )
            restyled = class_judge.style_agreement(*subject, styles=styles)
        except ExplorerError as error:
            print(f"{key:36} {error}")
            continue
        by_class[key] = generated
        title = f"{key}{' (conditional)' * facts.conditional}"
        right = f"{name}, right on real pictures in {classifiers[name].accuracy.total}"
        print(f"{title:36}{generated.total!s:>21}{restyled.total!s:>28}  {right}", flush=True)
    conditional = [key for key in by_class if facts_of[key].conditional]
    alike = [
        other.key
        for key in conditional
        for other in model_matching.counterparts(facts_of[key], facts_of.values())[:1]
    ]
    shown = [key for key in dict.fromkeys([*conditional, *alike]) if key in by_class]
    print(f"\n{'class':10}{''.join(f'{key:>28}' for key in shown)}")
    for label in sorted({label for key in shown for label in by_class[key].by_class}):
        cells = (str(by_class[key].by_class.get(label, "–")) for key in shown)
        print(f"{label!s:10}{''.join(f'{cell:>28}' for cell in cells)}")


if __name__ == "__main__":
    tyro.cli(main)
