"""Everything that can go wrong because of what came from outside.

    ExplorerError            a person can act on the message; front ends show it as it is
    ├── ConfigError          a setting is out of range or two settings contradict each other
    ├── DataError            a data set is missing, unreadable, or cannot be fetched
    ├── CheckpointError      a model file is not one, is damaged, or does not fit its own config
    ├── UploadError          a picture cannot be read, or holds nothing to look at
    ├── RunError             a run folder is missing, unwritable, taken, or of a newer version
    ├── ExportError          a model cannot be written in another form
    ├── SceneError           a file of scenes is not one, or says what cannot be shown
    └── TrainingError        training itself failed: the loss is not finite any more

Each message is one sentence: what happened and what to do. Bugs are not in this tree; they stay
ordinary exceptions.
"""


class ExplorerError(Exception):
    """Base of every error whose message is meant for the person at the screen."""


class ConfigError(ExplorerError):
    """A setting is out of range or contradicts another."""


class DataError(ExplorerError):
    """A data set is missing, unreadable or cannot be fetched."""


class CheckpointError(ExplorerError):
    """A model file is not one, is damaged, or does not fit its own config."""


class UploadError(ExplorerError):
    """A picture cannot be read, or holds nothing to look at."""


class RunError(ExplorerError):
    """A run folder is missing, unwritable, taken, or of a newer version."""


class TrainingError(ExplorerError):
    """Training failed: the loss is not finite any more."""


class ExportError(ExplorerError):
    """A model cannot be written in another form, or there is nowhere to write it."""


class SceneError(ExplorerError):
    """A file of scenes is not one, or says what cannot be shown."""
