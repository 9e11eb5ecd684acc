"""What a visitor of the page "Your model" does in a real browser."""

from devices import IDLE, choose


def visit(page, url: str):
    """Open the page."""
    page.goto(f"{url}/your_model")
    page.get_by_role("button", name="Read the model").wait_for()
    page.wait_for_selector(IDLE)
    return page


def upload(page, key: str, files: dict[str, bytes]) -> None:
    """Put files, by name, into a field."""
    kind = "application/octet-stream"
    chosen = [{"name": n, "mimeType": kind, "buffer": data} for n, data in files.items()]
    page.locator(f".st-key-{key} input[type=file]").set_input_files(chosen)


def read(page, model: dict[str, bytes], data: dict[str, bytes] | None = None) -> None:
    """Let a model be read, on data of one's own where any is given, and wait for its card."""
    upload(page, "model_files", model)
    if data:
        choose(page, "reading_dataset", "Use your own data")
        upload(page, "data_files", data)
        page.locator("img[alt*='training pictures, the first of each class']").wait_for()
    page.locator(".st-key-read_model button:not([disabled])").click()
    page.get_by_role("button", name="Explore it").wait_for()
    page.get_by_text("likelihood:").wait_for()
    page.wait_for_selector(IDLE)


def explore(page) -> None:
    """From the card to the live view, which has come to rest."""
    page.get_by_role("button", name="Explore it").click()
    page.wait_for_selector("canvas.digit[data-z]")
    page.wait_for_selector(".stage canvas[data-resting=true]")
    page.wait_for_selector(IDLE)
