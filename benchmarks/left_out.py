"""How well a model of nine digits tells the tenth: ten models, seven scores, a published table.

    python benchmarks/left_out.py [--latent-dim 3] [--models FOLDER] [--dataset mnist]

For each digit, a model is trained on the training pictures of the nine others, all ten by the same
settings and the same seed, about a minute each on one thread; FOLDER keeps them, so that another
call only scores. Anomalies are all training pictures of the left-out digit (the 5,000 that are
validation pictures elsewhere among them), normal are the test pictures of the nine others.
Published, by the same protocol: Tonnaer, PhD thesis, table 3.3, -ELBO of a VAE with D = 2.

Every detector is fitted on training and validation pictures of the nine digits alone, and one
combined score serves all digits. Its parts and the share of each were chosen on simulated anomalies
made of validation pictures of the nine known digits (flipped, mirrored, turned, two halves joined)
with the models without 1, 4 and 9 at D = 3, before any left-out digit or test picture was scored;
later came a ridge against rounding, and the cap on what complexity excuses, for other data sets.
Exit status 1 unless all goals are reached.
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch
import tyro
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.data.datasets import Dataset, load_dataset, to_unit
from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation import anomaly_detection, anomaly_populations
from vae_explorer.evaluation.anomaly_detection import SCORES
from vae_explorer.models.checkpoints import SUFFIX, Checkpoint, load_checkpoint, save_checkpoint
from vae_explorer.training.engine import train

PUBLISHED = (0.96, 0.73, 0.97, 0.94, 0.73, 0.92, 0.95, 0.77, 0.92, 0.66)  # digits 0 to 9
GOALS = {"mean": 0.90, "1": 0.80}  # of the combined score on MNIST
RECIPE = TrainConfig(
    epochs=18,
    polish_epochs=2,
    batch_size=256,
    learning_rate=4e-3,
    binarize="alternate",
    input_dropout=0.1,
    augment=0.5,
    polish_augment=0.15,
    average=0.99,
    threads=1,
)


def main(latent_dim: int = 3, models: Path = Path("runs/left-out"), dataset: str = "mnist") -> None:
    """Train what is not there yet, score, and print the table and the goals."""
    torch.set_num_threads(1)
    data = load_dataset(dataset)
    models.mkdir(parents=True, exist_ok=True)
    published = dataset == "mnist"
    print(f"{'left out':12}{''.join(f'{name:>16}' for name in SCORES)}{'published':>11}")
    table = []
    for label, name in enumerate(data.classes):
        path = models / f"{dataset}-{latent_dim}d-without-{label}{SUFFIX}"
        aurocs = _aurocs(_model(path, data, label, latent_dim), data, label)
        table.append([aurocs[score] for score in SCORES])
        beside = f"{PUBLISHED[label]:11.2f}" if published else ""
        print(f"{name:12}{_cells(table[-1])}{beside}", flush=True)
    means = torch.tensor(table).mean(dim=0).tolist()
    beside = f"{sum(PUBLISHED) / len(PUBLISHED):11.3f}" if published else ""
    print(f"{'mean':12}{_cells(means)}{beside}\n")
    if published:
        combined = list(SCORES).index("combined")
        found = {"mean": means[combined], "1": table[1][combined]}
        for goal, least in GOALS.items():
            verdict = "reached" if found[goal] >= least else "missed"
            print(f"combined, {goal:4} >= {least:.2f}: {found[goal]:.3f}, {verdict}")
        raise SystemExit(0 if all(found[goal] >= GOALS[goal] for goal in GOALS) else 1)


def _model(path: Path, data: Dataset, label: int, latent_dim: int) -> Checkpoint:
    """The kept model that never saw a class, or a new one."""
    try:
        return load_checkpoint(path)
    except CheckpointError:
        model = ModelConfig(latent_dim=latent_dim, encoder=(512, 256), decoder=(392, 392))
        config = replace(RECIPE, model=model, dataset=data.name)
        known = anomaly_populations.without_class(data, label)
        with tqdm(total=config.total_epochs, desc=path.stem, leave=False) as bar:
            for report in train(config, known.train, known.validation, device="cpu"):
                bar.update()
                bar.set_postfix_str(f"{report.validation.loss:.2f} nats")
        told = {"left_out": label}
        save_checkpoint(Checkpoint(report.model, model, dataset=data.name, training=told), path)
        return load_checkpoint(path)


def _aurocs(checkpoint: Checkpoint, data: Dataset, label: int) -> dict[str, float]:
    """AUROC of every score: the left-out class against test pictures of the others."""
    known = anomaly_populations.without_class(data, label)
    detector = anomaly_detection.fit(checkpoint, known.train, known.validation)
    split, _ = anomaly_populations.source_of_class(
        data, anomaly_populations.trained_without(checkpoint, label)
    )
    both = (known.test.images, split.images[split.labels == label])
    normal, anomalous = (detector.scores(to_unit(images)) for images in both)
    return {name: anomaly_detection.curves(normal[name], anomalous[name]).auroc for name in SCORES}


def _cells(values: list[float]) -> str:
    return "".join(f"{value:16.3f}" for value in values)


if __name__ == "__main__":
    tyro.cli(main)
