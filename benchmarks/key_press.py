"""From a key press to the changed picture, against what an empty fragment needs.

    python benchmarks/key_press.py [--presses 60]

In a real Chromium, ArrowRight is pressed on the first slider of Explore while the server decodes
and, in turns, on that of two baselines: an app that is one fragment with a slider and `st.write`.
The page itself measures, from `keydown` until a MutationObserver sees the new picture, or the new
text. The first baseline is plain Streamlit; the second gets what our server does for itself
(`gc.freeze()`, TCP_NODELAY) and is the floor of what any app can reach. Each app has a server
process of its own.
"""

import tyro
from _harness import APP, DECODED, SLIDERS, chromium, new_page, ratio, report, server

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
from vae_explorer.ui import server

@asynccontextmanager
async def ready(app):
    server.send_at_once()
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
        const pressed = () => { start = performance.now(); };
        document.addEventListener("keydown", pressed, { capture: true, once: true });
    });
}"""
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
    with server(APP) as ours, server(PLAIN) as plain, server(TUNED) as tuned, chromium() as browser:
        pages = {
            "Explore, new picture": (open_app(browser, f"{ours.url}/?{SLIDERS}", DECODED), PICTURE),
            "empty fragment": (open_app(browser, plain.url, "text=value 0.0"), TEXT),
            "empty fragment, server tuned like ours": (
                open_app(browser, tuned.url, "text=value 0.0"),
                TEXT,
            ),
        }
        samples = {name: [] for name in pages}
        for _ in range(WARM_UP + presses):
            for name, (page, look) in pages.items():
                samples[name].append(press(page, look))
    samples = {name: values[WARM_UP:] for name, values in samples.items()}
    report("key press to changed page", samples)
    explore, empty, floor = samples.values()
    print(
        f"\nratio of medians, Explore to empty fragment: {ratio(explore, empty):.2f} (goal {GOAL})"
    )
    print(f"ratio of medians, Explore to the tuned one:  {ratio(explore, floor):.2f}")


if __name__ == "__main__":
    tyro.cli(main)
