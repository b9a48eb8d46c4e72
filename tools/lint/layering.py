#!/usr/bin/env python3
"""Checks who includes whom, where third parties may appear and where SQL may appear.

The rules are data: layering.json. The first layer whose `files` match a file applies to it;
`{service}` and `{tool}` stand for one folder name and mean the same folder in `may_include`.
Tests may include anything; nothing but tests may include tests.
"""

import fnmatch
import json
import re
import sys
from pathlib import Path

import cxx_text
from finding import Finding, report
from source_tree import is_test, matches, tree_from_arguments

OURS = ("libs/", "services/", "tools/", "tests/", "orderflow/", "google/rpc/", "grpc/health/", "migrations/")
# Headers without a folder: of C, of C++ and of POSIX.
STANDARD = re.compile(r"^[a-z0-9_]+(\.h)?$|^(sys|netinet|arpa|net|linux)/")
SQL = re.compile(
    r"^\s*(SELECT\b.+\b(FROM|AS)\b|SELECT\s+\w+\(|INSERT\s+INTO\b|UPDATE\s+\S+\s+(AS\s+\w+\s+)?SET\b|DELETE\s+FROM\b"
    r"|CREATE\s+(TABLE|INDEX|UNIQUE|ROLE|DATABASE|SCHEMA)\b|ALTER\s+TABLE\b|DROP\s+TABLE\b|TRUNCATE\s"
    r"|WITH\s+\w+(\s*\([^)]*\))?\s+AS\s*\(|BEGIN\s*$|COMMIT\s*$|LOCK\s+TABLE\b)",
    re.DOTALL)
# Only clauses that English does not form by itself.
LOWER_SQL = re.compile(
    r"^\s*(select\s+[\w*,.\s]+\sfrom\s+\w+\s*(where|order by|limit|$)|insert\s+into\s+\w+\s*\(|update\s+\w+\s+set\s+\w+\s*="
    r"|delete\s+from\s+\w+\s+where)", re.DOTALL)


def load_rules():
    return json.loads((Path(__file__).parent / "layering.json").read_text(encoding="utf-8"))


def _layer_pattern(files):
    pattern = re.escape(files).replace(r"\{service\}", r"(?P<name>[a-z0-9_]+)")
    pattern = pattern.replace(r"\{tool\}", r"(?P<name>[a-z0-9_]+)")
    if pattern.endswith(r"/\*"):
        return re.compile(pattern[:-2] + r"[^/]+$")
    return re.compile(pattern + "/")


def _under(target, prefix):
    return target == prefix or target.startswith(prefix + "/")


class LayerRules:
    """Answers, for one file, what it may include."""

    def __init__(self, rules):
        self._layers = [(_layer_pattern(layer["files"]), layer) for layer in rules["layers"]]

    def find(self, path):
        """The layer of a file and the prefixes that it may include, or None."""
        for pattern, layer in self._layers:
            found = pattern.match(path)
            if not found:
                continue
            name = found.groupdict().get("name", "")
            own = [path.rsplit("/", 1)[0]] if layer["files"].endswith("/*") else [found.group().rstrip("/")]
            allowed = [re.sub(r"\{\w+\}", name, entry) for entry in layer["may_include"]] + own
            return layer, allowed
        return None


def check_include(path, line, target, layers):
    """Direction: a file of ours that includes a file of ours."""
    if target.startswith("tests/") or is_test(target):
        yield Finding(path, line, "layering-test", f'production code includes "{target}", which exists for tests',
                      "move what both need into a library, or this file into a testing folder")
        return
    found = layers.find(path)
    if found is None:
        return
    layer, allowed = found
    if target.startswith(OURS):
        if not any(_under(target, prefix) for prefix in allowed):
            because = f" ({layer['why']})" if "why" in layer else ""
            yield Finding(path, line, "layering",
                          f'"{target}" is not for {allowed[-1]}{because}; allowed: {", ".join(allowed)}',
                          "depend on a port of the domain and wire it in main.cc, or change layering.json with a reason")
    elif "third_party" in layer and not STANDARD.match(target):
        if target.split("/")[0] not in layer["third_party"]:
            yield Finding(path, line, "layering-third-party",
                          f'"{target}" is not for {allowed[-1]}, which may use {", ".join(layer["third_party"])}',
                          "move it to an adapter outside this layer")


def check_third_party(path, line, target, third_parties):
    """Containment: a library is known in one place only."""
    for party in third_parties:
        if not any(_under(target, name) or fnmatch.fnmatchcase(target, name) for name in party["includes"]):
            continue
        if not matches(path, party["only_in"]):
            yield Finding(path, line, "third-party",
                          f'"{target}": {party["name"]} belongs to {", ".join(party["only_in"])}', party["instead"])
        elif path.endswith(".h") and not matches(path, party.get("headers_in", ["*"])):
            yield Finding(path, line, "third-party-header",
                          f'"{target}": {party["name"]} is slow to compile and stays out of headers',
                          "forward-declare it, or hide it behind an implementation class in the .cc file")


def check_sql(path, text, rules):
    """SQL lives in persistence, with upper case keywords."""
    strings = cxx_text.split(text).strings
    allowed = is_test(path) or matches(path, rules["only_in"])
    for string in strings:
        if not allowed and (SQL.match(string.text) or LOWER_SQL.match(string.text)):
            yield Finding(path, string.line, "sql-outside-persistence",
                          f"SQL belongs to {', '.join(rules['only_in'])}", rules["instead"])
        elif LOWER_SQL.match(string.text):
            yield Finding(path, string.line, "sql-keywords", "SQL keywords are not upper case", "write them in upper case")


def check_file(path, text, rules, layers):
    if not is_test(path):
        if path.startswith(("libs/", "services/", "tools/")) and layers.find(path) is None:
            yield Finding(path, 1, "layering-unknown", "no rule of layering.json covers this folder",
                          "put the file into a folder of the layout, or add the folder to layering.json")
        for line, target, _ in cxx_text.includes(text):
            yield from check_include(path, line, target, layers)
            if not target.startswith("grpc/health/v1/"):
                yield from check_third_party(path, line, target, rules["third_parties"])
    yield from check_sql(path, text, rules["sql"])


def check(tree, rules):
    layers = LayerRules(rules)
    return [finding for path in tree.cxx_files() for finding in check_file(path, tree.read(path), rules, layers)]


def main():
    tree = tree_from_arguments(__doc__)
    return report("layering", check(tree, load_rules()), len(tree.cxx_files()))


if __name__ == "__main__":
    sys.exit(main())
