"""The address of what is shown: copied by a button, and in the history once for each act."""

from vae_explorer.ui.components.browser import bundle


def copy_button() -> None:
    """A button that copies the address; as long as it is there, Back undoes one act at a time."""
    bundle.component("address")(key="address", data={}, width="content")
