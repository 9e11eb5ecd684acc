"""What axe-core finds on a page that keeps somebody from using it, and what is Streamlit's of that.

It needs axe-core (tests/javascript/package.json), which looks into components too, which are in
shadow roots.
"""

from typing import NamedTuple

import machine
from node import AXE


class Streamlits(NamedTuple):
    """A violation in markup of Streamlit's own that no option, theme or style of ours can mend."""

    rule: str
    selector: str  # as narrow as it goes
    reason: str


STREAMLITS = (
    Streamlits(
        "presentation-role-conflict",
        "section[role=presentation][data-testid=stFileUploaderDropzone]",
        "an uploader puts its label on the area for dropping files, which has no role",
    ),
)
RUN = """async (known) => {
    const { violations } = await axe.run(document, {
        elementRef: true, resultTypes: ["violations"],
    });
    const whose = (id, element) =>
        known.findIndex(([rule, selector]) => rule === id && element?.matches(selector));
    return violations.flatMap(({ id, nodes }) => nodes.map(({ element, html, failureSummary }) =>
        [whose(id, element), `${id}: ${html.slice(0, 300)}\\n  ${failureSummary}`]));
}"""


def found(page) -> tuple[list[str], set[Streamlits]]:
    """The violations on a page as it is now: ours, each in words, and the entries met above."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    nodes = page.evaluate(RUN, [entry[:2] for entry in STREAMLITS])
    ours = sorted({words for whose, words in nodes if whose < 0})
    return ours, {STREAMLITS[whose] for whose, _ in nodes if whose >= 0}


def check(page) -> None:
    """Fail with what is wrong on a page as it is now; where axe-core is missing nothing is."""
    if not AXE.exists() and not machine.REQUIRED:
        return
    ours, _ = found(page)
    assert not ours, "\n".join(ours)
