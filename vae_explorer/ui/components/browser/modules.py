"""Reads one JavaScript module as the bundle takes it apart, and refuses what it does not know.

Known are, each at the beginning of a line,

    import { name, other } from "./a/path.js";
    export function name(   export async function name(   export const name   export class name
    export default function name(

The words `import` and `export` anywhere else in the code are an error that names file and line, so
that no module can be joined otherwise than it was meant.
"""

import re
from typing import NamedTuple

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)
    | (?P<pattern>(?:(?<=[(,=:\[!&|?{};])|(?<=\breturn))[ ]*
        /(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)""",
    flags=re.S | re.X,
)
NESTED = re.compile(r"\$\{[^}]*`$")  # a template that another one within it has cut off
IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";[ ]*$', flags=re.M)
EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) (\w+))", flags=re.M)
DEFAULT = re.compile(r"^export default (?=function (\w+)\()", flags=re.M)
EITHER = re.compile(r"(?<![\w$])(?:import|export)(?![\w$])")


class BundleError(ValueError):
    """A module that the bundle does not understand: the message names file and line."""


class Module(NamedTuple):
    """What the bundle needs to know of a module."""

    imports: dict[str, tuple[str, ...]]  # names by the path as it is written, "./other.js"
    exports: tuple[str, ...]
    default: str  # name of the function exported by default, "" for none
    code: str  # without comments and imports, and without the words `export` and `default`


def read_module(name: str, text: str) -> Module:
    """Take a module apart; `name` is for the message of a BundleError."""
    bare, masked = _without_comments(name, text)
    imports: dict[str, tuple[str, ...]] = {}
    statements = [m for m in IMPORT.finditer(bare) if masked.startswith("import", m.start())]
    for match in statements:
        imports[match[2]] = imports.get(match[2], ()) + _imported(name, text, match)
    exports, defaults = EXPORT.findall(masked), DEFAULT.findall(masked)
    known = [*statements, *EXPORT.finditer(masked), *DEFAULT.finditer(masked)]
    begins = {match.start() for match in known}
    for match in EITHER.finditer(masked):
        if match.start() not in begins:
            raise _refusal(name, text, match.start())
    for match in sorted(known, key=lambda match: -match.start()):
        bare = bare[: match.start()] + bare[match.end() :]
    return Module(imports, tuple(exports), "".join(defaults), _without_blank_lines(bare))


def _without_comments(name: str, text: str) -> tuple[str, str]:
    """The text with blanks for comments, and the same with blanks for what quotes hold as well."""
    bare, masked, end = [], [], 0
    for match in TOKEN.finditer(text):
        blank = re.sub(r"[^\n]", " ", match[0])
        if match.lastgroup == "text" and NESTED.search(match[0]):
            raise _refusal(name, text, match.start(), "a template within a template")
        between = text[end : match.start()]
        bare += [between, blank if match.lastgroup == "comment" else match[0]]
        masked += [between, blank]
        end = match.end()
    return "".join(bare) + text[end:], "".join(masked) + text[end:]


def _without_blank_lines(bare: str) -> str:
    """The same code on fewer lines; templates are left as they are."""
    lines, end = [], 0
    for match in TOKEN.finditer(bare):
        if "\n" in match[0]:
            lines += [re.sub(r"[ \t]*\n(?:[ \t]*\n)*", "\n", bare[end : match.start()]), match[0]]
            end = match.end()
    lines.append(re.sub(r"[ \t]*\n(?:[ \t]*\n)*", "\n", bare[end:]))
    return "".join(lines).strip() + "\n"


def _imported(name: str, text: str, match: re.Match) -> tuple[str, ...]:
    names = tuple(part.strip() for part in match[1].split(",") if part.strip())
    if not names or not all(re.fullmatch(r"\w+", part) for part in names):
        raise _refusal(name, text, match.start())
    return names


def _refusal(name: str, text: str, at: int, what: str = "") -> BundleError:
    number = text.count("\n", 0, at) + 1
    line = text.splitlines()[number - 1].strip()
    return BundleError(
        f'{name}, line {number}: the bundle does not understand {what or "this"}: "{line}". It '
        'knows import { names } from "./path.js"; and export before a function, const or class.'
    )
