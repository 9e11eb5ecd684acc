"""What a public server refuses: the sentence for who asked, and the event for its log."""

from vae_explorer import logs
from vae_explorer.errors import DataError, RunError


def of_training(limit: str, sentence: str) -> RunError:
    """The error to raise; `limit`: the setting, or what else stands against the training."""
    logs.tell("training_refused", f"A training was refused: {sentence}", limit=limit)
    return RunError(sentence)


def of_upload(limit: str, sentence: str, megabytes: float) -> DataError:
    """The error to raise, of an upload of so many MB."""
    told = f"An upload was refused: {sentence}"
    logs.tell("upload_refused", told, limit=limit, megabytes=megabytes, count=1)
    return DataError(sentence)
