#!/usr/bin/env python3
"""Checks that documents point at what exists: relative links, anchors, and paths in backticks.

A word in backticks is a path when it begins with a top folder of the tree. `*` and `{h,cc}` are
understood; placeholders in <> or ${} and fenced blocks are not checked. In any other file, a
mention of docs/<name>.md must exist as well.
"""

import itertools
import posixpath
import re
import sys

from finding import Finding, report
from source_tree import matches, tree_from_arguments

TOP_FOLDERS = ("cmake", "deploy", "docs", "helm", "libs", "proto", "services", "tests", "tools", ".ci")
OTHER = (".h", ".cc", ".py", ".sh", ".sql", ".cmake", "CMakeLists.txt", "Makefile", ".proto", ".yaml", ".yml", ".env")
EXEMPT = ["tools/lint/tests/*", "tools/lint/doc_links.py"]

_LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
_BACKTICK = re.compile(r"`([^`\s]+)`")
_MENTION = re.compile(r"(?<![\w/.-])docs/[\w./-]*\.md\b")
_EXTERNAL = re.compile(r"^[a-z][a-z+.-]*:")


def _without_fences(text):
    return re.sub(r"^(```|~~~).*?^\1[ \t]*$", lambda found: re.sub(r"[^\n]", " ", found.group()), text,
                  flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """The anchors that a Markdown page offers, as GitHub and GitLab make them."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", _without_fences(text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-"))
    return found | set(re.findall(r'<a\s+(?:id|name)="([^"]+)"', text))


def _expand(path):
    parts = [choice.split(",") for choice in re.findall(r"\{([^{}]*)\}", path)]
    template = re.sub(r"\{[^{}]*\}", "\0", path)
    for choice in itertools.product(*parts):
        candidate = template
        for word in choice:
            candidate = candidate.replace("\0", word, 1)
        yield candidate


def _exists(tree, path):
    if "*" in path or "?" in path:
        return any(matches(name, [path]) for name in tree.files())
    return tree.exists(path)


def check_link(tree, path, line, target):
    if _EXTERNAL.match(target):
        return
    address, _, anchor = target.partition("#")
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), address)) if address else path
    if not tree.exists(resolved):
        yield Finding(path, line, "broken-link", f"{target} does not exist", "correct or remove the link")
    elif anchor and resolved.endswith(".md") and anchor not in anchors(tree.read(resolved)):
        yield Finding(path, line, "broken-anchor", f"{resolved} has no heading #{anchor}", "correct the anchor")


def check_backtick(tree, path, line, word):
    word = re.sub(r"(:\d+)?[.,;:)]*$", "", word)
    first = word.split("/")[0]
    if "/" not in word or first not in TOP_FOLDERS or re.search(r"[<>$()|=]|\.\.\.|…", word):
        return
    # Inside services/x/README.md a path may be relative to its folder.
    folder = posixpath.dirname(path)
    for candidate in _expand(word):
        if not _exists(tree, candidate) and not _exists(tree, posixpath.join(folder, candidate)):
            yield Finding(path, line, "broken-path", f"`{candidate}` does not exist", "correct the path")


def check_markdown(tree, path):
    text = _without_fences(tree.read(path))
    for found in itertools.chain(_LINK.finditer(text), _REFERENCE.finditer(text)):
        yield from check_link(tree, path, text.count("\n", 0, found.start()) + 1, found.group(1))
    for found in _BACKTICK.finditer(text):
        yield from check_backtick(tree, path, text.count("\n", 0, found.start()) + 1, found.group(1))


def check_mentions(tree, path):
    for number, line in enumerate(tree.read(path).split("\n"), start=1):
        for mention in _MENTION.findall(line):
            if not tree.exists(mention):
                yield Finding(path, number, "broken-path", f"{mention} does not exist", "correct the path")


def check(tree):
    findings = [finding for path in tree.files(".md") for finding in check_markdown(tree, path)]
    others = [path for path in tree.files(*OTHER) if not matches(path, EXEMPT)]
    return findings + [finding for path in others for finding in check_mentions(tree, path)]


def main():
    tree = tree_from_arguments(__doc__)
    return report("doc_links", check(tree), len(tree.files(".md", *OTHER)))


if __name__ == "__main__":
    sys.exit(main())
