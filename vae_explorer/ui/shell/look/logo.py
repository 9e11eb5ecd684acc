"""The logo, and its mark alone: a tab's icon at hand, where Streamlit fetches its own elsewhere."""

from pathlib import Path

FILE = Path(__file__).with_name("logo.svg")
ICON = FILE.read_text("utf-8").replace("188", "32")  # without the name beside it
