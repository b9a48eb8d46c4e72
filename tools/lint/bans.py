#!/usr/bin/env python3
"""Checks C++ code for constructs that this code base does without. The list is data: bans.json.

Comments and literals do not count; for an entry about SQL ("of": "strings") only literals do. Each entry says
where it applies, why, and what to use instead.
File names and include guards are checked here too.
"""

import json
import re
import sys
from pathlib import Path

import cxx_text
from finding import Finding, report
from source_tree import matches, tree_from_arguments

_FILE_NAME = re.compile(r"^[a-z][a-z0-9_]*\.(h|cc)$")


def load_bans():
    return json.loads((Path(__file__).parent / "bans.json").read_text(encoding="utf-8"))


def _searched(ban, split):
    """What an entry is looked for in, each part with its first line."""
    if ban.get("of") == "strings":
        return [(literal.line, literal.text) for literal in split.strings]
    return [(1, split.code)]


def check_file(path, text, bans):
    if not _FILE_NAME.match(path.rsplit("/", 1)[-1]):
        yield Finding(path, 1, "file-name", "C++ files are named snake_case.h or snake_case.cc", "rename it")
    if path.endswith(".h") and "#pragma once" not in text:
        yield Finding(path, 1, "pragma-once", "the header can be included twice", "begin it with #pragma once")
    split = cxx_text.split(text)
    for ban in bans:
        if not matches(path, ban["in"]) or matches(path, ban["except"]):
            continue
        for line, part in _searched(ban, split):
            for found in re.finditer(ban["pattern"], part, re.MULTILINE):
                yield Finding(path, line + part.count("\n", 0, found.start()), ban["rule"],
                              f"{' '.join(found.group().split())}: {ban['what']}", ban["instead"])


def check(tree, bans):
    return [finding for path in tree.cxx_files() for finding in check_file(path, tree.read(path), bans)]


def main():
    tree = tree_from_arguments(__doc__)
    return report("bans", check(tree, load_bans()), len(tree.cxx_files()))


if __name__ == "__main__":
    sys.exit(main())
