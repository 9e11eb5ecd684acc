"""Every property of the app that lives longer than a rerun, in one table.

A property is its key: of a widget, in the session, and, where it is linked, in the page's address.
Nothing else touches `st.session_state` or `st.query_params`, but for components, which find their
own news under their own key. Buttons and the like, of which nothing is kept, need no entry.
"""

import re
from collections.abc import Callable, Container, Mapping
from contextvars import ContextVar
from typing import Any, Literal, NotRequired, TypedDict

import streamlit as st

led_back: ContextVar[bool] = ContextVar("led_back", default=False)  # as the start-up sees to


def leads_back() -> bool:
    """Whether Back or Forward asked for this run: then the address counts, not the session."""
    return led_back.get()


class WidgetKey(TypedDict):
    """What a widget takes that stands for a property: `st.slider(..., **registry.STEPS.widget)`."""

    key: str
    bind: NotRequired[Literal["query-params"]]


class Property(str):
    """A key with what it stands for. As text it is the key itself."""

    about: str
    linked: bool

    def __new__(cls, key: str, about: str, *, linked: bool = False) -> "Property":
        made = super().__new__(cls, key)
        made.about, made.linked = about, linked
        return made

    @property
    def widget(self) -> WidgetKey:
        """Key and binding of the widget that shows and changes it."""
        return {"key": self, "bind": "query-params"} if self.linked else {"key": self}

    @property
    def is_set(self) -> bool:
        """Whether the session holds it, be it None."""
        return self in st.session_state

    def get(self, default: Any = None) -> Any:
        """Its value in this session."""
        return st.session_state.get(self, default)

    def start(self, make: Callable[[], Any]) -> Any:
        """Its value, made and kept where the session holds none yet, or Back led to another."""
        if self not in st.session_state or (self.linked and leads_back()):
            st.session_state[self] = make()
        return st.session_state[self]

    def put(self, value: Any) -> None:
        """Keep a value; of a widget, before it is drawn or from a callback."""
        st.session_state[self] = value

    def take(self, default: Any = None) -> Any:
        """Its value, which the session then forgets."""
        return st.session_state.pop(self, default)

    def keep_among(self, choices: Container) -> None:
        """Forget a value that is not offered; to be called before the widget is drawn."""
        if self in st.session_state and st.session_state[self] not in choices:
            del st.session_state[self]

    def start_over_for(self, owner: str, value: Any) -> None:
        """Put a value in place of what was chosen for another owner: for other pictures, say.

        To be called before the widget is drawn. Back brings the choice and its owner together.
        """
        owners = CHOSEN_FOR.start(dict)
        if owners.get(self, owner) != owner and not leads_back():
            self.put(value)
        owners[self] = owner

    def counter(self) -> int:
        """How often something was asked for, as session or address say; then the address does."""
        count = self.start(lambda: self.linked_number() or 0)
        self.write_link(str(count) if count else None)
        return count

    def linked_number(self) -> int | None:
        """The whole number that the address says, or None."""
        text = self.link_text() or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def link_text(self) -> str | None:
        """What the address says, or None. It may say anything."""
        return st.query_params.get(self)

    def open_old_link(self, values: Mapping[str, Any]) -> None:
        """Take what a link of an earlier version says, {text: value}; before the widget is drawn.

        Widgets find today's texts in the address by themselves.
        """
        text = self.link_text()
        if not self.is_set and text is not None and text in values:
            self.put(values[text])

    def write_link(self, text: str | None) -> None:
        """Put it into the address, unless it is there; None takes it out."""
        if text is None:
            st.query_params.pop(self, None)
        elif st.query_params.get(self) != text:
            st.query_params[self] = text


class Family:
    """Properties of one kind, one for each name: of the ends of a walk, of coordinates."""

    def __init__(self, pattern: str, about: str, *, linked: bool = False):
        self.pattern, self.about, self.linked = pattern, about, linked

    def __call__(self, *names: object) -> Property:
        return Property(self.pattern.format(*names), self.about, linked=self.linked)


# --- the model and the place that all pages share
PAGE_SHOWN = Property("page_shown", "address of the page that the last run has shown")
BEGUN_ANEW = Property("begun_anew", "a page that was open before goes on in this session")
CHOSEN_FOR = Property("chosen_for", "whose pictures a choice was made among, by key")
MODEL = Property("model", "key of the chosen model", linked=True)
LABEL = Property("label", "class that a conditional model decodes", linked=True)
NEXT_LABEL = Property("next_label", "class to give it before the chooser is drawn")
GIVEN_FOR = Property("given_for", "(model, picture) for which the likeliest class was given")
COORDINATE = Family("z{}", "a latent coordinate of the place, numbered from 1", linked=True)
UPLOADED_MODELS = Property("uploaded", "models that this visitor has added, by key")
NEXT_MODEL = Property("choose", "key of a model to switch to before the chooser is drawn")
NEXT_PLACE = Property("choose_place", "(z, class) to go to in that model")
ADDED_FILE = Property("added_file", "id of the model file that was read last")
DRAWS = Property("draw", "how many random points this session has asked for")
JUMPS = Property("jumps", "how many digits of each class it has jumped to")
MOVES = Property("moves", "how often this side, not the browser, has moved the place")
PATH_TAKEN = Property("path_taken", "(count of the move, places (n, D)) of a walk to be shown")
OPEN_EXPLORE = Property("opening", "a click in a callback leads to Explore")

# --- scenes, beside every page
SCENES = Property("scenes", "the scenes of this visitor in order; unset as long as none were made")
SCENE = Property("scene", "number of the scene that is presented, from 1", linked=True)
SCENE_NAME = Property("scene_name", "name of the scene that is about to be saved")
SCENE_NOTE = Property("scene_note", "its speaker's line")
SCENE_TEXT = Family(
    "text_of_scene_{}_{}", "name or note of a scene, by state of the list and place"
)
SCENE_EDITED = Property("scene_edited", "place of the scene whose texts can be changed")
SCENES_CHANGED = Property("scenes_changed", "how often the order of the scenes has changed")
SCENE_SHOWN = Property("scene_shown", "(an address, a count): where the browser is to go")
SCENES_FILE = Property("open_scenes", "file of scenes that was chosen")
SCENES_REFUSED = Property("scenes_refused", "why that file cannot be opened, until it is said")
SCENES_READ = Property("scenes_read", "scenes of a file, until it is clear what becomes of others")
SCENES_SAID = Property("scenes_said", "what came of the last act on the scenes, in a sentence")
SCENE_MODEL = Family("scene_model_{}", "model in place of one, by its key, that is not here")

# --- Explore
MODE = Property("mode", "who decodes, one of current_place.MODES", linked=True)
AXES = Property("axes", "the two coordinates of the slice", linked=True)
NO_WEBGL = Property("cannot", "this visitor's browser has said that it cannot draw")
REDRAW = Property("redraw", "a part of the page has changed what others show")
SLIDERS_SHOWN = Property("sliders", "the page has shown sliders until this run")
PROJECTION = Property("view", "how more than three coordinates are drawn", linked=True)
JUMP = Property("jump", "class of the digit to jump to, until that has happened")

# --- models of molecules, on every page
COLOURED_BY = Property("coloured_by", "property of molecules that colours them", linked=True)
# ... on Reconstruct
MOLECULE_SOURCE = Property("molecule", "where the molecule comes from", linked=True)
SMILES = Property("smiles", "SMILES that is put in", linked=True)
NEXT_SMILES = Property("next_smiles", "SMILES to put in before its field is drawn")
NAMED_MOLECULE = Property("named", "name of the well-known molecule put in", linked=True)
TEST_MOLECULE = Property("test_molecule", "number of the test molecule put in", linked=True)
MOLECULE_FILE = Property("molecule_file", "file of molecules that is put in")
# ... in the anomaly lab
OTHER_MOLECULES = Property("other_molecules", "which molecules count as anomalies", linked=True)
OTHER_MOLECULES_FILE = Property("other_molecules_file", "file of molecules that count so")
MOLECULE_SCORE = Property("molecule_score", "score of molecules that is shown", linked=True)
# ... on Compare
MOLECULE_MODELS = Property("molecule_models", "keys of the models beside each other", linked=True)
MOLECULES_TURNED = Property("molecules_turned", "how often other molecules were asked for")
# ... on Interpolate
ENDPOINT_SMILES = Family("{}_smiles", "SMILES typed for an endpoint or a start", linked=True)
WALKED_TO = Property("walk", "what a walk of molecules leads to, of the page's ways", linked=True)
MOLECULE_PATH = Property("along", "kind of the path between molecules", linked=True)
CLIMBED = Property("climbed", "property of molecules that is followed", linked=True)
CLIMB_DIRECTION = Property("direction", "whether it is to rise or to fall", linked=True)
CLIMB_STEPS = Property("climb_steps", "steps along its slope", linked=True)
STEP_LENGTH = Property("step_length", "length of each of them in the latent space", linked=True)
# ... and on Generate
MOLECULE_COUNT = Property("molecules", "how many molecules the wall has", linked=True)
PROPERTY_RANGE = Family("only_{}", "range of a property that is shown", linked=True)
VALID_ONLY = Property("valid_only", "the wall leaves out what is no molecule", linked=True)
DIFFERENT_ONLY = Property("different_only", "the wall shows no molecule twice", linked=True)
SAMPLE_CHOSEN = Property("sample_chosen", "seed of the molecule to be shown on Explore")

# --- the exact posterior, on Explore and Reconstruct
EXACT = Property("exact", "the exact posterior is shown", linked=True)
EXACT_PLACE = Property("exact_place", "what is marked: the encoder's code, or where it belongs")
EXACT_LOOKS = Property("exact_looks", "how often its close-up was asked for")
EXACT_PICTURE = Property("exact_picture", "(model, index, places) of the picture last shown")
TEST_DIGIT_CHOSEN = Property("test_digit_chosen", "number of the test digit looked at", linked=True)

# --- Generate
SAMPLING = Property("make", "what Generate makes, one of its ways", linked=True)
SEEDS = Property("seeds", "seed of each tile of the wall, also of those not shown", linked=True)
LOCKED_TILES = Property("locked_tiles", "places of the tiles that new samples leave alone")
TILE_COUNT = Property("tiles", "how many tiles the wall shows", linked=True)
TEMPERATURE = Property("temperature", "of all samples", linked=True)
TEMPERATURE_SLIDER = Property("temperature_slider", "where no wall has a slider of its own")
SAMPLED_CLASS = Property("made_class", "class that both models make", linked=True)
SEEDS_TURNED = Property("class_page", "how often other seeds were asked for", linked=True)
COUNTERPART = Property("counterpart", "key of the model compared with it", linked=True)
STYLE_SOURCE = Property("style_of", "whose style is taken", linked=True)
STYLES_TURNED = Property("style_page", "how often other styles were asked for", linked=True)
STYLE_LABEL = Property("style_taken_for", "class that the visitor's digit was last taken for")
STYLE_LABEL_CHOICE = Family("style_class_{}", "class that a digit, by its hash, is said to show")

# --- Interpolate; each of these for both endpoints, "from" and "to"
ENDPOINT_KIND = Family("{}_kind", "what an endpoint is, of endpoint_form.KINDS", linked=True)
ENDPOINT_ITEM = Family("{}", "number of the encoded picture that it is", linked=True)
ENDPOINT_CLASS = Family("{}_class", "class of which pictures are offered", linked=True)
OFFER_PAGE = Family("{}_page", "how far one has turned through the pictures of that class")
ENDPOINT_CENTRE = Family("{}_centre", "class whose centre it is", linked=True)
ENDPOINT_FILE = Family("{}_file", "picture file that it is")
ENDPOINT_PLACE = Family("{}_place", "(hash of the model, z) of the point that it is")
SUM_TERM = Family("{}_{}", 'term "a", "b" or "c" of a sum: a class or TEST_DIGIT', linked=True)
SUM_ITEM = Family("{}_{}_item", "number of the encoded picture that a term is", linked=True)
# ... and for all walks
PATH_KINDS = Property("path", "kinds of path that are shown", linked=True)
STEPS = Property("steps", "steps of a walk", linked=True)
COMPARED_MODEL = Property("beside", "another model whose path is shown too", linked=True)
PACE = Property("walk_pace", "how walks are played, a player.Pace")
GEODESIC_SEARCH = Property("geodesic_search", "the search under way")
GEODESIC_CANCELLED = Property("geodesic_cancelled", "what was searched when it was cancelled")

# --- Reconstruct, and the user's digit
DIGIT_SOURCE = Property("input", "where the digit comes from", linked=True)
NEXT_SOURCE = Property("next_input", "source to change to before the chooser is drawn")
DIGIT_FILES = Property("picture", "picture files that were chosen")
EXAMPLE = Property("example", "an example stands in for a file")
PHOTO = Property("camera", "the photo taken last")
PASTED_SEEN = Property("pasted_seen", "the pasted picture that was looked at last")
FILES_SEEN = Property("files_seen", "hashes of the files that were there in the last run")
DIGIT_CHOSEN = Property("digit_chosen", "(hash of its file, number) of one of several digits")
STEP_SWITCH = Family("step_{}", "a preprocessing step is done, not left out")
USER_DIGIT = Property("my_digit", "the picture that other pages go on with, (C, H, W)")
BROUGHT_DIGIT = Family("brought_{}", "(the digit of another page, what was on a pad then)")
WALK_FROM_USER_DIGIT = Property("walk_from_user_digit", "the next walk is to begin with it")
TEST_DIGITS = Property("test_digits", "how often ten others were asked for", linked=True)
REFINED_FOR = Property("refined_for", "(model, class, picture) whose posterior is refined")
WORK_CANCELLED = Property("work_cancelled", "key of the work that was cancelled last")
DETECTORS_WANTED = Property("detectors_wanted", "models whose detector was asked for")

# --- Anomaly lab
ANOMALIES = Property("anomalies", "which pictures count as anomalies", linked=True)
CORRUPTION = Property("corruption", "what is done to the corrupted pictures", linked=True)
LEFT_OUT = Property("left_out", "class that counts as anomalous", linked=True)
OTHER_DATASET = Property("other_set", "data set that counts as anomalies", linked=True)
USER_PICTURES = Property("own_set", "pictures of the visitor that count as anomalies")
AS_DRAWINGS = Property("as_drawings", "those pictures are prepared as drawings")
NORMAL_DATASET = Property("normal_set", "data set that is normal to a model that does not say")
ALL_PICTURES = Property("all_pictures", "all pictures are scored, not a sample")
ANOMALY_SCORE = Property("score", "score that the charts show", linked=True)
THRESHOLD = Property("quantile", "percent of validation pictures below the threshold", linked=True)

# --- Compare
COMPARED_MODELS = Property("models", "keys of the models beside each other", linked=True)
COMPARED_WITH = Property("compared_with", "key of the chosen model for which they were proposed")
COMPARED_DIGIT = Family("digit {}", "index of the digit that models show", linked=True)
DIGITS_TURNED = Family("page {}", "how often other digits of some pictures were asked for")

# --- Your model
MODEL_FILES = Property("model_files", "files of a model made elsewhere")
READING_DATASET = Property("reading_dataset", "data set on which it is read, or one's own data")
MODEL_REQUEST = Property("model_request", "what the visitor asked to read, an opening.Request")
LAST_OPENED = Property("last_opened", "the model of that request as it was read last")
OPENED_MODELS = Property("opened_models", "models as they were read, by request and answers")
ANSWER = Family("answer_{}", "what a question about a model is answered with, in its words")
ANSWERED = Property("answered", "names of the questions that were asked")
PIXEL_SCALE = Property("pixel_scale", "standard deviation of its Gaussian pixels; 0: measured")
LAYER_ROLES = Property("layer_roles", "what the visitor has changed in the table of layers")

# --- Learn
LESSON = Property("lesson", "id of the lesson that is taken", linked=True)
LESSON_STEP = Property("step", "number of its step, from 1", linked=True)
LESSON_PROGRESS = Property("lesson_progress", "what the learner has predicted and done, by step")
STAGE_MEMORY = Family("stage_{}_{}", "what a step, by lesson and id, has observed of the learner")
QUIZ_ANSWERS = Property("quiz_answers", "options that were run, by question")
QUIZ_CHOICE = Family("quiz_option_{}", "option of a question that is about to be run")

# --- Train
PRESET = Property("preset", "preset that the form was filled with")
SETTING = Family("train_{}", "a setting of the form, by its field of the config")
TRAIN_DATASET = Property("train_dataset", "data set of the form, or that it is a folder")
TRAIN_FOLDER = Property("train_folder", "folder or file of pictures of the form")
DATA_WAY = Property("data_way", "how one's own data comes: uploaded, or by its path")
DOWNLOAD_ASKED = Property("download_asked", "(data set, model) of the download asked for last")
FILES_TO_ENCODE = Property("files_to_encode", "uploaded pictures whose codes are wanted")
DATA_FILES = Property("data_files", "uploaded files of one's own data")
STORED_DATA = Property("stored_data", "the files last uploaded as data, and where they are kept")
READING = Family("reading_{}", "a choice of how one's own pictures are read, by its field")
SUITED_DATA = Property("suited_data", "the data that the form's settings were chosen for")
SETTINGS_GROUP = Property("settings_group", "settings that are open in the form")
TRAIN_KIND = Property("train_kind", "whether pictures or molecules are learned")
MOLECULE_PRESET = Property("molecule_preset", "preset that the form for molecules was filled with")
MOLECULE_SETTING = Family("molecule_{}", "a setting of that form, by its field of the config")
TRAIN_MOLECULES = Property("train_molecules", "set of molecules of the form, or one's own")
MOLECULE_FILES = Property("molecule_files", "uploaded file of one's own molecules")
OWN_MOLECULES_PATH = Property("molecule_path", "path of a file of them on this machine")
OWN_MOLECULES_COLUMN = Property("molecule_column", "column of a table of them that has the SMILES")
STORED_MOLECULES = Property("stored_molecules", "the file last uploaded, and where it is kept")
ESTIMATED = Property("estimated", "(config, seconds) of the last estimate of a run's time")
RUN_NAME = Property("run_name", "what the new run is to be called")
WATCHED_RUN = Property("watched", "name of the run that is shown")
LINKED_RUN = Property("run", "the same in the address", linked=True)
NEXT_RUN = Property("watch_next", "name of the run to show before the chooser is drawn")
RENAMED_RUN = Family("rename_{}", "what a run, by its name, is to be called")
COMPARED_RUNS = Property("compared", "names of the runs beside each other")


def put_all(values: Mapping[Property, Any]) -> None:
    """Keep several values at once, as a callback does."""
    for key, value in values.items():
        key.put(value)


def write_links(texts: Mapping[str, str], *, instead_of: str) -> None:
    """Put keys into the address at once; those that match `instead_of` and are not new leave it."""
    for key in list(st.query_params):
        if key not in texts and re.fullmatch(instead_of, key):
            del st.query_params[key]
    if any(st.query_params.get(key) != text for key, text in texts.items()):
        st.query_params.update(texts)


def properties() -> dict[str, Property | Family]:
    """The table: name -> property or family."""
    return {n: v for n, v in globals().items() if isinstance(v, Property | Family)}


def address_texts() -> dict[str, tuple[str, ...]]:
    """All that the address says: each key with its values."""
    return {key: tuple(st.query_params.get_all(key)) for key in st.query_params}
