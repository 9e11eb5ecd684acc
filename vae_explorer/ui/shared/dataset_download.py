"""The offer to fetch a data set that is not on this machine, and how far that has come."""

import streamlit as st

from vae_explorer.data import datasets
from vae_explorer.ui import messages
from vae_explorer.ui.session import jobs


def offer(dataset: str) -> None:
    """A button, or the progress once it was pressed by whomever; the page runs anew at the end."""
    fetch = jobs.downloading(dataset)
    if fetch is not None and not fetch.done:
        _progress(dataset)
        return
    if fetch is not None and fetch.error:
        messages.failed(fetch.error)
    known = datasets.DOWNLOADABLE[dataset]
    st.button(
        f"Download {known.title} ({known.archive_bytes / 1e6:.0f} MB)",
        icon=":material/download:",
        key=f"download_{dataset}",
        on_click=jobs.download,
        args=(dataset,),
    )


@st.fragment(run_every=0.5)
def _progress(dataset: str) -> None:
    fetch = jobs.downloading(dataset)
    if fetch is None or fetch.done:
        st.rerun()
    st.progress(fetch.share, f"Downloading, {fetch.share:.0%} …")
