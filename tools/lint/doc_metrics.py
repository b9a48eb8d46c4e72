#!/usr/bin/env python3
"""Checks that the metrics that documents name exist in the code, so that nobody waits for an alert that cannot fire.

A word in backticks that begins with orderflow_ must be a word of a file that is neither a document nor a test.
Prometheus' own endings of a histogram (_bucket, _count, _sum) may follow.
"""

import re
import sys

from finding import Finding, report
from source_tree import is_test, tree_from_arguments

_NAMED = re.compile(r"`(orderflow_[a-z0-9_]+)(?:\{[^`]*\})?`")
_WORD = re.compile(r"\borderflow_[a-z0-9_]+")
_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")
_CODE = (".cc", ".h", ".sh", ".sql", ".cmake", "CMakeLists.txt", ".txt", ".yaml", ".yml")


def words_of_code(tree):
    found = set()
    for path in tree.files(*_CODE):
        if not is_test(path):
            found.update(_WORD.findall(tree.read(path)))
    return found


def check_file(path, text, words):
    for found in _NAMED.finditer(text):
        name = found.group(1)
        if name not in words and _HISTOGRAM.sub("", name) not in words:
            yield Finding(path, text.count("\n", 0, found.start()) + 1, "unknown-metric",
                          f"{name} is nowhere in the code", "use the name that the code has, or drop it")


def check(tree):
    words = words_of_code(tree)
    return [finding for path in tree.files(".md") for finding in check_file(path, tree.read(path), words)]


def main():
    tree = tree_from_arguments(__doc__)
    return report("doc_metrics", check(tree), len(tree.files(".md")))


if __name__ == "__main__":
    sys.exit(main())
