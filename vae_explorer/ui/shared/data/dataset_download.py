"""The offer to download a data set that is not on this machine, and how far that has come."""

import streamlit as st

from vae_explorer.data import datasets
from vae_explorer.molecules import moses
from vae_explorer.ui import messages
from vae_explorer.ui.session import jobs, registry


def offer(dataset: str) -> None:
    """A button, or the progress once it was pressed by whomever; the page runs anew at the end."""
    download = jobs.downloading(dataset)
    if download is not None and not download.done:
        _progress(dataset)
        return
    if download is not None and download.failure and _asked_here(dataset):
        messages.failed(download.failure)
    title, size = _about(dataset)
    st.button(
        f"Download {title} ({size / 1e6:.0f} MB)",
        icon=":material/download:",
        key=f"download_{dataset}",
        on_click=_download,
        args=(dataset,),
    )


def _about(dataset: str) -> tuple[str, int]:
    """The title of a set that can be downloaded, and the bytes that it takes."""
    if dataset == moses.NAME:
        return moses.TITLE, moses.WHEEL_BYTES
    source = datasets.DOWNLOADABLE[dataset]
    return source.title, source.archive_bytes


def _download(dataset: str) -> None:
    registry.DOWNLOAD_ASKED.put((dataset, registry.MODEL.get()))
    jobs.download(dataset)


def _asked_here(dataset: str) -> bool:
    """Whether this visitor has asked for it, and looks at the same model as then."""
    return registry.DOWNLOAD_ASKED.get() == (dataset, registry.MODEL.get())


@st.fragment(run_every=0.5)
def _progress(dataset: str) -> None:
    download = jobs.downloading(dataset)
    if download is None or download.done:
        st.rerun()
    st.progress(download.share, f"Downloading, {download.share:.0%} …")
