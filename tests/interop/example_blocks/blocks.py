"""The code blocks of the documents."""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent


class Failure(Exception):
    """Why a block does not do what its reader expects."""


@dataclasses.dataclass
class Block:
    """A code block: its file, the line where it begins, its language and its text."""

    file: str
    line: int
    language: str
    text: str


# Another script runs the blocks of these.
ELSEWHERE = {"docs/receiving.md"}


def documents():
    paths = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted((ROOT / "docs").glob("*.md"))
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    return [name for name in names if name not in ELSEWHERE]


def blocks_of(file):
    """The blocks of a document. Also those in lists, which are indented."""
    text = (ROOT / file).read_text()
    for match in re.finditer(r"^( *)```([^\n`]*)\n(.*?)^\1```$", text, flags=re.M | re.S):
        indent, language, block = match.groups()
        lines = [line.removeprefix(indent) for line in block.splitlines()]
        yield Block(file, text.count("\n", 0, match.start()) + 1, language, "\n".join(lines) + "\n")
