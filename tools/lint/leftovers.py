#!/usr/bin/env python3
"""Checks for what should have been finished before the commit: open notes and commented-out code."""

import re
import sys

import cxx_text
from finding import Finding, report
from source_tree import matches, tree_from_arguments

TEXT = (".h", ".cc", ".py", ".sh", ".sql", ".cmake", "CMakeLists.txt", "Makefile", ".proto", ".md", ".yaml", ".yml",
        ".json", ".txt", ".conf", ".env")
# These name the words that they forbid.
EXEMPT = ["tools/lint/leftovers.py", "tools/lint/tests/*", "tools/lint/README.md"]

_OPEN_NOTE = re.compile(r"\bTODO\b(?!\(#\d+\):)")
_UNFINISHED = re.compile(r"\bFIXME\b|\b(XXX|HACK):")
# One space after the slashes: an example inside a header comment is indented by more.
_DEAD_CODE = re.compile(
    r"^// ?("
    r"(return|delete|throw|break|continue|using|typedef)\b[^.]*;"
    r"|(if|for|while|switch)\s*\(.*[{;]"
    r"|#\s*(include|define|if|endif)\b.*"
    r"|(const\s+)?(auto|int|bool|std::\w+|absl::\w+)[\w<>:,&* ]*\s+\w+\s*[=({].*[;{]"
    r"|[\w.\->:]+\s*(\+|-)?=\s*[^=].*;"
    r"|[\w.\->:]+\([^ ].*\);|[\w.\->:]+\(\);"
    r"|\}\s*(else.*)?"
    r")\s*$")


def check_notes(path, text):
    for number, line in enumerate(text.split("\n"), start=1):
        if _OPEN_NOTE.search(line):
            yield Finding(path, number, "open-note", "TODO without an issue",
                          "do it, or write TODO(#123): with the number of an open issue")
        if _UNFINISHED.search(line):
            yield Finding(path, number, "unfinished", "a mark of unfinished work", "finish it or open an issue")


def check_dead_code(path, text):
    for comment in cxx_text.split(text).comments:
        if comment.text.startswith("//") and _DEAD_CODE.match(comment.text):
            yield Finding(path, comment.line, "commented-out-code", "this comment is code",
                          "delete it, git keeps it; if it is an example, indent it by three spaces")


def check_file(path, text):
    if not matches(path, EXEMPT):
        yield from check_notes(path, text)
        if path.endswith((".h", ".cc")):
            yield from check_dead_code(path, text)


def check(tree):
    return [finding for path in tree.files(*TEXT) for finding in check_file(path, tree.read(path))]


def main():
    tree = tree_from_arguments(__doc__)
    return report("leftovers", check(tree), len(tree.files(*TEXT)))


if __name__ == "__main__":
    sys.exit(main())
