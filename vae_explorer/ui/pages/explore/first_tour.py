"""The tour that a first visitor is offered: five stops, from the pipeline to the other pages."""

from vae_explorer.ui.components import tour
from vae_explorer.ui.components.tour import Stop
from vae_explorer.ui.session.latent_space import Space

NAME = "tour"  # the key in the browser


def offer(space: Space) -> None:
    """The button, and what the tour says of this space."""
    tour.offer(stops(space), name=NAME, key="tour")


def stops(space: Space) -> list[Stop]:
    """All of them; the browser leaves out those whose part this page lacks."""
    noun, spread = space.noun, ", with a spread σ" if space.checkpoint.config.variational else ""
    pipeline = (
        f"An encoder turns a {noun} into a point μ of the latent space{spread}. A decoder turns "
        "any point z into a picture. The half that is at work lights up."
    )
    answer = "Watch the picture: the decoder answers each value."
    guess = "Far from all of them the decoder is guessing."
    if space.codes_alone:
        pipeline = f"An encoder turned each {noun} into a point of the latent space. Only these "
        pipeline += "codes are here: nothing can be decoded, so you see what lies near a point."
        answer, guess = "The point moves along one axis.", "They say what lies there."
    return [
        Stop(f"From a {noun} to numbers and back", pipeline, (".pipeline",)),
        Stop(
            "The latent space",
            f"Each dot is the code of one {space.item}, in the colour of its class. Click a dot to "
            "go there, or drag the cursor with its arrows: the cursor is z.",
            (".cloud .stage",),
        ),
        Stop(
            "z, one coordinate at a time",
            f"Drag a slider. {answer} An axis has no fixed meaning: see what each one changes.",
            (".sliders", ".st-key-z1"),
        ),
        Stop(
            f"The nearest {space.item}s",
            f"Of all {space.item}s, those whose codes are closest to z. {guess} Click one to go "
            "to it.",
            (".st-key-neighbours",),
        ),
        Stop(
            "Other pages",
            "Learn asks before it explains. Reconstruct takes a picture of yours. Train makes a "
            "model here. The menu has them all.",
            (
                "[data-testid=stTopNav]",
                "[data-testid=stSidebarNav]",
                "[data-testid=stExpandSidebarButton]",
            ),
        ),
    ]
