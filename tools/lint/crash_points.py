#!/usr/bin/env python3
"""Checks that every crash point of libs/base/crash_point.h stands exactly once in the production code.

That no other name is used is the compiler's to check: CRASH_POINT refuses it.
"""

import re
import sys

from finding import Finding, report
from source_tree import is_test, tree_from_arguments

HEADER = "libs/base/crash_point.h"

_LISTED = re.compile(r'^ {4}"([a-z_.]+)",', re.MULTILINE)
_USED = re.compile(r'\bCRASH_POINT\("([^"]*)"\)')


def listed_names(text):
    return {found.group(1): text[:found.start()].count("\n") + 1 for found in _LISTED.finditer(text)}


def check(tree):
    if not tree.exists(HEADER):
        return []
    listed = listed_names(tree.read(HEADER))
    places = {name: [] for name in listed}
    for path in tree.cxx_files():
        if not is_test(path):
            for found in _USED.finditer(tree.read(path)):
                places.setdefault(found.group(1), []).append(path)
    return [Finding(HEADER, listed.get(name, 1), "crash-point",
                    f'the crash point "{name}" stands {len(files)} times in the code {sorted(files)}',
                    "each name is one edge: place it once, or take it from the list")
            for name, files in places.items() if len(files) != 1]


def main():
    tree = tree_from_arguments(__doc__)
    return report("crash_points", check(tree), len(tree.cxx_files()))


if __name__ == "__main__":
    sys.exit(main())
