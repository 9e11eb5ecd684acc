"""From a key press to the changed picture, against what an empty fragment needs.

    python benchmarks/key_press.py [--presses 60]

In a real Chromium, ArrowRight is pressed on the first slider of Explore, as it is at first (the
browser decodes) and with Streamlit's sliders (the server does), and, in turns, on that of two
baselines: an app that is one fragment with a slider and `st.write`. The page itself measures, from
`keydown` until a MutationObserver sees the new picture, or the new text. The first baseline has
Streamlit's own setting of `runner.postScriptGC`, else all have the project's settings; the second
gets what our server does for itself (`gc.freeze()`, TCP_NODELAY) and is the floor of what an app
that asks its server can reach. Each app has a server process of its own.
"""

import tyro
from _harness import APP, DECODED, LIVE_DIGIT, SLIDERS, chromium, new_page, ratio, report, server

GOAL = 1.3  # times the plain baseline
PAUSE_MS = 250  # between presses: the mark has then arrived in the cloud
WARM_UP = 5  # presses of each page that are not counted
PLAIN = """
import streamlit as st

@st.fragment
def value():
    st.write(f"value {st.slider('Value', 0.0, 10.0, 0.0, 0.01)}")

value()
"""
TUNED = """
import gc
from contextlib import asynccontextmanager
import streamlit as st
from vae_explorer.ui.shell import streamlit_patches

@asynccontextmanager
async def ready(app):
    streamlit_patches.apply(st.__version__)
    import altair, pandas
    gc.collect()
    gc.freeze()
    yield

if __name__ != "__main__":
    app = st.App(__file__, lifespan=ready)
else:
""" + "\n".join(f"    {line}" for line in PLAIN.splitlines())

# Milliseconds from the next keydown until `look` returns something else than before
WATCH = """look => {
    const find = new Function(`return ${look}`);
    const inner = (root) => [...root.querySelectorAll("*")];
    const within = (root, selector) => root.querySelector(selector) ?? inner(root)
        .reduce((hit, { shadowRoot }) => hit ?? (shadowRoot && within(shadowRoot, selector)), null);
    window.digit ??= within(document, "canvas.digit");
    window.latency = new Promise((resolve) => {
        const before = find();
        let start;
        const observer = new MutationObserver(() => {
            if (start === undefined || [before, undefined].includes(find())) return;
            observer.disconnect();
            resolve(performance.now() - start);
        });
        const options = { subtree: true, childList: true, attributes: true, characterData: true };
        observer.observe(document.body, options);
        if (window.digit) observer.observe(window.digit, options); // it is in a shadow tree
        const pressed = () => { start = performance.now(); };
        document.addEventListener("keydown", pressed, { capture: true, once: true });
    });
}"""
LIVE = "window.digit.dataset.z"  # written once the digit is decoded and drawn
PICTURE = f'document.querySelector("{DECODED}")?.outerHTML'
TEXT = "document.body.innerText.match(/value [0-9.]+/)?.[0]"


def open_app(browser, url: str, shown: str):
    """A page of an app with its first slider in focus."""
    page = new_page(browser)
    page.goto(url)
    page.wait_for_selector(shown)
    page.wait_for_timeout(2000)
    page.get_by_role("slider").first.focus()
    return page


def press(page, look: str) -> float:
    """Press the key once; milliseconds until what `look` finds has changed."""
    page.evaluate(WATCH, look)
    page.keyboard.press("ArrowRight")
    milliseconds = page.evaluate("window.latency")
    page.wait_for_timeout(PAUSE_MS)
    return milliseconds


def main(presses: int = 60) -> None:
    """Measure and print."""
    usual = server(PLAIN, "--runner.postScriptGC=true")
    with server(APP) as ours, usual as plain, server(TUNED) as tuned, chromium() as browser:
        text = "text=value 0.0"
        pages = {
            "Explore": (open_app(browser, ours.url, LIVE_DIGIT), LIVE),
            "Explore, decoding on the server": (
                open_app(browser, f"{ours.url}/?{SLIDERS}", DECODED),
                PICTURE,
            ),
            "empty fragment": (open_app(browser, plain.url, text), TEXT),
            "empty fragment, server tuned like ours": (open_app(browser, tuned.url, text), TEXT),
        }
        samples = {name: [] for name in pages}
        for _ in range(WARM_UP + presses):
            for name, (page, look) in pages.items():
                samples[name].append(press(page, look))
    samples = {name: values[WARM_UP:] for name, values in samples.items()}
    report("key press to changed page", samples)
    live, served, empty, floor = samples.values()
    print(f"\nratios of medians to an empty fragment, and to that of a tuned server (goal {GOAL}):")
    for name, values in (("Explore", live), ("Explore, decoding on the server", served)):
        print(f"{name:44}{ratio(values, empty):9.2f}{ratio(values, floor):9.2f}")


if __name__ == "__main__":
    tyro.cli(main)
