"""Many pictures of the visitor's own -> a table of their codes, to be taken away."""

import streamlit as st

from vae_explorer.data import image_decoding
from vae_explorer.data.uploaded import upload_batch
from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.export import encoded_pictures
from vae_explorer.export.encoded_pictures import EncodedPictures
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.progress_cache import once_unless_cancelled
from vae_explorer.ui.session.work.wire import Task

ABOUT = (
    "For each picture a row: file name, class where its folder names one, the posterior's mean and "
    "standard deviation of every coordinate, nats of reconstruction and KL, and anomaly scores."
)


def show(space: Space, label: int) -> None:
    """The door for pictures, and the table of their codes as CSV or Parquet."""
    with st.expander("Codes of many pictures, as a table"):
        files = st.file_uploader(
            "Pictures, or a zip of pictures",
            accept_multiple_files=True,
            key=registry.FILES_TO_ENCODE,
            max_upload_size=visitor.upload_megabytes(upload_batch.MAX_BATCH_MEGABYTES),
            help=f"At most {upload_batch.MAX_BATCH_PICTURES} pictures of at most "
            f"{image_decoding.MAX_MEGABYTES} MB each. They stay on the machine that runs this app.",
        )
        messages.note(ABOUT)
        if not files:
            return
        checkpoint = space.checkpoint
        key = ("codes", checkpoint.sha256, label, *(file.file_id for file in files))
        table: EncodedPictures | None = once_unless_cancelled(
            "codes",
            key,
            f"Encoding {len(files):,} files",
            Task(
                encoded_pictures.encode_files,
                lambda: (checkpoint, [File(file.name, file.getvalue()) for file in files]),
                {"label": label if checkpoint.config.classes else None},
                "pictures",
            ),
        )
        if table is not None:
            _offer(table, checkpoint.name)


def _offer(table: EncodedPictures, model: str) -> None:
    columns = table.columns()
    messages.note(f"{len(table.names):,} pictures, {len(columns):,} columns.")
    if table.refused:
        first = messages.plain(": ".join(table.refused[0]))
        messages.note(f"{len(table.refused):,} could not be used, such as {first}")
    with st.container(horizontal=True):
        for ending, write in (("csv", table.csv), ("parquet", table.parquet)):
            st.download_button(
                f"Download .{ending}",
                write,
                file_name=f"{model}-codes.{ending}",
                icon=":material/download:",
                key=f"codes_{ending}",
                on_click="ignore",
            )
