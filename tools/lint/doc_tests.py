#!/usr/bin/env python3
"""Checks that the tests that docs/security.md names exist, so that no threat is thought to be tested that is not.

In the column `test` of its tables, each word in backticks is a suite of GoogleTest, one test of it (`Suite.Case`), or the name
of a test that CMake knows, with or without the prefix e2e_ or lint_.
"""

import re
import sys

from finding import Finding, report
from source_tree import tree_from_arguments

_PAGE = "docs/security.md"
_QUOTED = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
_TEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")
_WORD = re.compile(r"[\w.-]+")
_PREFIX = re.compile(r"^(e2e|lint)_")


def tests_of_code(tree):
    """(suites and their tests, words of the CMake files)"""
    names, words = set(), set()
    for path in tree.files("_test.cc"):
        for suite, case in _TEST.findall(tree.read(path)):
            names.update((suite, f"{suite}.{case}"))
    for path in tree.files("CMakeLists.txt"):
        words.update(word.removesuffix(".cc") for word in _WORD.findall(tree.read(path)))
    return names, words


def column_of_tests(lines):
    """(number of the line, cell) of each row of a table whose header has the column."""
    column = None
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            column = None
        elif column is None:
            column = cells.index("test") if "test" in cells else -1
        elif 0 <= column < len(cells):
            yield number, cells[column]


def check(tree):
    if not tree.exists(_PAGE):
        return []
    names, words = tests_of_code(tree)
    findings = []
    for number, cell in column_of_tests(tree.read(_PAGE).splitlines()):
        for name in _QUOTED.findall(_LINK.sub("", cell)):
            bare = _PREFIX.sub("", name)
            if name not in names and not {name, bare, bare.removesuffix("_test")} & words:
                findings.append(Finding(_PAGE, number, "unknown-test", f"there is no test {name}",
                                        "name the test as the code does, or write it"))
    return findings


def main():
    tree = tree_from_arguments(__doc__)
    return report("doc_tests", check(tree), 1)


if __name__ == "__main__":
    sys.exit(main())
