"""Reads the code blocks of docs/receiving.md.

A comment above each block is its file name (`<!-- file: go/main.go -->`) or the reason why it is not run (`<!-- not run: … -->`).
"""

import pathlib
import re
import sys

DOCUMENT = pathlib.Path(__file__).resolve().parents[3] / "docs" / "receiving.md"
MAX_LINES = 24

IMPORTS = {
    ".py": r"^(import|from) .*\n",
    ".mjs": r"^import .*\n",
    ".go": r"^package main\n|^import \((.|\n)*?^\)\n",
    ".rs": r"^use .*\n",
}
# The function `verify`, and what it uses besides imports.
VERIFY = {".py": r"^def verify\((.|\n)*?(?=\n\n\n)", ".mjs": r"^function verify\((.|\n)*?^}"}
SECRET = {".py": r"^(SECRET|webhook) = .*\n", ".mjs": r"^const webhook = .*\n"}
# Where `your code` is, and code that fails until there is a file `ok`.
FAILING = {
    ".py": ("print(", "open('ok') and print(", ""),
    ".mjs": ("console.log(", "readFileSync('ok') && console.log(", 'import { readFileSync } from "node:fs";\n'),
    ".go": ("fmt.Println(", 'if _, err := os.Stat("ok"); err != nil { panic(err) }; fmt.Println(', ""),
    ".rs": ("println!(", 'assert!(std::path::Path::new("ok").exists()); println!(', ""),
    ".sh": ("jq ", "cat ok; jq ", ""),
}


def blocks():
    """Returns file name → code, and the reasons of the blocks that are not run."""
    text = DOCUMENT.read_text()
    files, reasons = {}, []
    commented = re.findall(r"^<!-- (file|not run): (.*) -->\n```\w+\n((?:.|\n)*?)^```$", text, flags=re.M)
    if len(commented) * 2 != len(re.findall(r"^ *```", text, flags=re.M)):
        sys.exit("docs/receiving.md: a code block has no comment with its file name or the reason why it is not run")
    for kind, comment, code in commented:
        if kind == "not run":
            reasons.append(comment)
            continue
        check_length(comment, code)
        files[comment] = code
    return files, reasons


def check_length(name, code):
    """Counts the lines of a recipe, without imports and blank lines."""
    code = re.sub(IMPORTS.get(pathlib.PurePath(name).suffix, r"(?!)"), "", code, flags=re.M)
    count = sum(1 for line in code.splitlines() if line.strip())
    if count > MAX_LINES and name != "shell/hooks.json":
        sys.exit(f"docs/receiving.md: {name} has {count} lines; at most {MAX_LINES} are allowed")


def with_verify_of(program, other, suffix):
    """The program with the function `verify` of another one, and what that needs."""
    imports = "".join(match[0] for match in re.finditer(IMPORTS[suffix], other, flags=re.M))
    secret = "".join(match[0] for match in re.finditer(SECRET[suffix], other, flags=re.M))
    verify = re.search(VERIFY[suffix], other, flags=re.M)[0]
    changed, count = re.subn(VERIFY[suffix], lambda _: secret + verify, program, flags=re.M)
    assert count == 1, f"{count} functions verify"
    return imports + changed


def failing(code, suffix):
    """The program with code that fails."""
    original, replacement, imports = FAILING[suffix]
    lines = [line.replace(original, replacement, 1) if "your code" in line else line for line in code.splitlines(keepends=True)]
    assert sum(replacement in line for line in lines) == 1, "no line with `your code`"
    if suffix == ".go":
        lines[lines.index("import (\n")] = 'import (\n"os"\n'
    return imports + "".join(lines)
