"""Where scenes are saved, put in order and opened: a dialog beside every page."""

import dataclasses
from functools import partial

import streamlit as st

from vae_explorer.teaching import scenes
from vae_explorer.teaching.scenes import MAX_NAME, MAX_NOTE, MAX_SCENES, Scene
from vae_explorer.ui import html, messages, navigation
from vae_explorer.ui.components.address import presenter
from vae_explorer.ui.html import element
from vae_explorer.ui.session import registry
from vae_explorer.ui.shell.scenes import deck, file_door, not_in_links

ABOUT = (
    "A scene keeps what the page shows under a name. Presented, scenes fill the screen one after "
    "the other, with large type, and everything in them can be used."
)


def offer(page: str) -> None:
    """A button that opens the dialog; `page`: the name of the page that is shown."""
    count = len(deck.current())
    title = f"Scenes ({count})" if count else "Scenes"
    if st.button(title, key="scenes_menu", icon=":material/slideshow:", width="stretch"):
        for old in (registry.SCENES_SAID, registry.SCENE_EDITED):
            old.take()
        _dialog(page)


@st.dialog("Scenes", width="large", on_dismiss="rerun")
def _dialog(page: str) -> None:
    with messages.guard():
        messages.note(ABOUT)
        if deck.current():
            presenter.button(f"Present {_count(deck.current())}", deck.shown(), key="present")
        said = registry.SCENES_SAID.take()
        _save_form(page, warn=not said)
        if said:
            st.success(messages.plain(said), icon=":material/check:")
        for place, scene in enumerate(deck.current()):
            _row(page, place, scene)
        file_door.show()
        if not deck.keep("scenes_stored"):
            messages.note(
                "Your browser keeps nothing: the scenes last as long as this tab. Save the file."
            )


def _save_form(page: str, *, warn: bool) -> None:
    """A name and a note for what the page shows, and whether to say what a scene cannot hold."""
    with st.form("scene_form", clear_on_submit=True):
        title = navigation.entry(page).title
        left, right = st.columns(2)
        left.text_input("Name", max_chars=MAX_NAME, placeholder=title, key=registry.SCENE_NAME)
        right.text_input(
            "Note (may be empty)",
            max_chars=MAX_NOTE,
            placeholder="A line shown under the name",
            key=registry.SCENE_NOTE,
        )
        st.form_submit_button(
            "Save what this page shows",
            icon=":material/add_a_photo:",
            on_click=_save,
            args=(page,),
            disabled=len(deck.current()) >= MAX_SCENES,
        )
        if warn and (left_out := not_in_links.sentence(deck.shown_now(page, title, ""))):
            messages.note(left_out)


def _save(page: str) -> None:
    title = navigation.entry(page).title
    name = scenes.one_line(registry.SCENE_NAME.get(""), MAX_NAME) or title
    note = scenes.one_line(registry.SCENE_NOTE.get(""), MAX_NOTE)
    scene = deck.shown_now(page, name, note)
    deck.put([*deck.current(), scene])
    said = f"Saved as scene {len(deck.current())}: {name}. {not_in_links.sentence(scene)}"
    registry.SCENES_SAID.put(said)


def _row(page: str, place: int, scene: Scene) -> None:
    """A scene of the list, with what can be done to it."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            _words(place, scene)
            _buttons(place, scene)
        if registry.SCENE_EDITED.get() == place:
            _texts(page, place, scene)


def _words(place: int, scene: Scene) -> None:
    entry = navigation.entry(scene.page)
    model = f" · {scene.model}" if scene.model else ""
    lacks = " (not on this machine)" if deck.lacks_model(scene) else ""
    about = element("div", f"{entry.title}{model}{lacks}", style="opacity: 0.75")
    note = element("div", scene.note, style="opacity: 0.75") if scene.note else html.EMPTY
    with st.container(width="stretch"):
        html.show(
            element(
                "div",
                element("b", f"{place + 1}. {scene.name}"),
                about,
                note,
                style="overflow-wrap: anywhere; min-width: 9rem",
            )
        )


def _buttons(place: int, scene: Scene) -> None:
    last = len(deck.current()) - 1
    acts = (
        ("Show", _show, deck.lacks_model(scene)),
        ("Up", partial(_move, -1), place == 0),
        ("Down", partial(_move, 1), place == last),
        ("Change", _edit, False),
        ("Delete", _delete, False),
    )
    with st.container(horizontal=True, width="content", gap="small"):
        for title, act, disabled in acts:
            clicked = st.button(
                title,
                key=f"scene_{title.lower()}_{place}",
                on_click=act,
                args=(place,),
                disabled=disabled,
            )
            if clicked and act is _show:
                st.rerun()  # of the whole page, which closes the dialog


def _show(place: int) -> None:
    deck.go_to(place)


def _move(by: int, place: int) -> None:
    moved = list(deck.current())
    moved[place], moved[place + by] = moved[place + by], moved[place]
    deck.put(moved)
    registry.SCENE_EDITED.take()


def _edit(place: int) -> None:
    registry.SCENE_EDITED.put(None if registry.SCENE_EDITED.get() == place else place)


def _delete(place: int) -> None:
    scene = deck.current()[place]
    deck.put([other for other in deck.current() if other is not scene])
    registry.SCENE_EDITED.take()
    registry.SCENES_SAID.put(f"Deleted: {scene.name}.")


def _texts(page: str, place: int, scene: Scene) -> None:
    """Name and note of a scene, to be changed, and a way to take another state."""
    for part, title, most in (("name", "Name", MAX_NAME), ("note", "Note", MAX_NOTE)):
        text = registry.SCENE_TEXT(part, f"{registry.SCENES_CHANGED.get(0)}-{place}")
        st.text_input(
            f"{title} of scene {place + 1}",
            getattr(scene, part),
            max_chars=most,
            on_change=_rename,
            args=(place, part, text, most),
            **text.widget,
        )
    st.button(
        "Keep what this page shows now instead",
        key=f"scene_again_{place}",
        icon=":material/add_a_photo:",
        on_click=_retake,
        args=(page, place),
    )


def _rename(place: int, part: str, text: registry.Property, most: int) -> None:
    line = scenes.one_line(text.get(""), most)
    if line or part == "note":
        changed = dataclasses.replace(deck.current()[place], **{part: line})
        deck.put(_with(place, changed))


def _retake(page: str, place: int) -> None:
    scene = deck.current()[place]
    taken = deck.shown_now(page, scene.name, scene.note)
    deck.put(_with(place, taken))
    said = f"Scene {place + 1} shows what this page shows. {not_in_links.sentence(taken)}"
    registry.SCENES_SAID.put(said)


def _with(place: int, scene: Scene) -> list[Scene]:
    return [scene if at == place else other for at, other in enumerate(deck.current())]


def _count(of: list[Scene]) -> str:
    return f"{len(of)} scene{'s' * (len(of) > 1)}"
