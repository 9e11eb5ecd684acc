"""An anomaly score is one entry of `anomaly_scores.SCORES`; files from before it still open."""

import recipes

ENTRY = """SCORES = {
    "ink": AnomalyScore("Ink", "total ink", lambda evidence: evidence.x.flatten(1).sum(dim=1)),
"""
EFFECT = """
import contextlib, dataclasses, io, torch
from vae_explorer import ModelConfig, load_checkpoint, load_dataset, save_checkpoint
from vae_explorer.cli import main
from vae_explorer.data.datasets import Split, to_unit
from vae_explorer.evaluation import anomaly_detection
from vae_explorer.training.runs.model_library import SHIPPED
from vae_explorer.ui.shared.anomaly_comparison import TITLES

def command(*words):
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        with contextlib.suppress(SystemExit):
            main(words)
    return told.getvalue()

print("title", TITLES["ink"])
print("choice", "ink" in command("anomalies", "--help"))
path = str(SHIPPED / "digits-3d.safetensors")
old = load_checkpoint(path)
print("old scores", len(old.detector.names), "ink" in old.detector.names)
digits = load_dataset("digits")
few = Split(*(part[:60] for part in digits.validation))
new = dataclasses.replace(old, detector=anomaly_detection.fit(old, few, few))
save_checkpoint(new, "new.safetensors")
x = to_unit(few.images)
scores = load_checkpoint("new.safetensors").detector.scores(x)
print("new", torch.allclose(scores["ink"], x.flatten(1).sum(dim=1)))
print("refused", command("anomalies", path, "--corruption", "blank", "--score", "ink"))
print(command("anomalies", "new.safetensors", "--corruption", "blank", "--score", "ink"))
"""


def test_an_anomaly_score_is_one_entry(copied):
    diff = recipes.change(copied, "vae_explorer/models/anomaly_scores.py", "SCORES = {\n", ENTRY)
    assert recipes.changed_lines(diff) == (1, 0)
    told = recipes.run(copied, EFFECT)
    for line in ("title Ink", "choice True", "old scores 7 False", "new True"):
        assert line in told
    assert "digits-3d was published before there was ink: publish it again" in told
    assert "ink: AUROC" in told
