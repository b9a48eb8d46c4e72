#!/usr/bin/env python3
"""Checks that files stay under 400 lines and functions under 70: what fits in a head and on a screen.

C++ functions are found by matching braces in text without comments, literals and directives;
Python functions by its own parser; shell functions by their closing brace in column one.
"""

import ast
import re
import sys

import cxx_text
from finding import Finding, report
from source_tree import tree_from_arguments

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
CODE = (".h", ".cc", ".py", ".sh", ".sql", ".cmake", "CMakeLists.txt", "Makefile", ".proto")

_TYPE_OR_NAMESPACE = re.compile(
    r"^(inline\s+)?(namespace|class|struct|union|enum|extern)\b(?![^{]*\)\s*(const|noexcept|override)?\s*$)")
_PREFIX = re.compile(r"^((template\s*<[^{}]*?>\s*)|(\[\[[^\]]*\]\]\s*)|((public|private|protected)\s*:\s*))+")


def _closing_brace(code, opening):
    depth = 0
    for position in range(opening, len(code)):
        if code[position] == "{":
            depth += 1
        elif code[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1


def _without_parentheses(head):
    previous = None
    while previous != head:
        previous, head = head, re.sub(r"\([^()]*\)", "", head)
    return head


def _kind(head, code, closing):
    """What an opening brace begins, at namespace or class level."""
    head = _PREFIX.sub("", head.strip()).strip()
    if re.match(r"^(inline\s+)?(namespace|extern\s*\"\s*\")", head) or head == "":
        return "scope"
    if re.match(r"^enum\b", head):
        return "data"
    if _TYPE_OR_NAMESPACE.match(head) or re.match(r"^(class|struct|union)\b", head):
        return "scope"
    if "(" not in head:
        return "data"
    outside = _without_parentheses(head)
    if re.search(r"(?<!operator)(?<![=!<>+\-*/])=(?!=)", outside) and "operator" not in outside:
        return "function" if re.search(r"\[[^\]]*\]\s*(mutable|noexcept|->.*)?\s*$", outside) else "data"
    rest = code[closing + 1:closing + 200].lstrip()
    is_member_initializer = re.search(r"(?<!:):(?!:)", outside) and rest.startswith((",", "{"))
    return "initializer" if is_member_initializer else "function"


def cxx_functions(text):
    """(first line, number of lines, head) of every function with a body."""
    code = cxx_text.without_preprocessor(cxx_text.split(text).code)
    functions = []
    position = head_start = 0
    while position < len(code):
        character = code[position]
        if character in ";}":
            head_start = position + 1
        elif character == "{":
            closing = _closing_brace(code, position)
            kind = _kind(code[head_start:position], code, closing)
            if kind == "scope":
                head_start = position + 1
            elif kind == "initializer":
                position = closing
            else:
                if kind == "function":
                    start = head_start + len(code[head_start:]) - len(code[head_start:].lstrip())
                    first = code.count("\n", 0, start) + 1
                    lines = code.count("\n", start, closing) + 1
                    functions.append((first, lines, " ".join(code[start:position].split())))
                position = closing
                head_start = closing + 1
        position += 1
    return functions


def python_functions(text):
    return [(node.lineno, node.end_lineno - node.lineno + 1, node.name) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def shell_functions(text):
    functions = []
    for found in re.finditer(r"^(?:function\s+)?([\w:-]+)\s*\(\)\s*[{(]\s*$.*?^[})]", text, re.MULTILINE | re.DOTALL):
        functions.append((text.count("\n", 0, found.start()) + 1, found.group().count("\n") + 1, found.group(1)))
    return functions


def _functions(path, text):
    if path.endswith((".h", ".cc")):
        return cxx_functions(text)
    if path.endswith(".py"):
        return python_functions(text)
    return shell_functions(text) if path.endswith(".sh") else []


def check_file(path, text):
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield Finding(path, lines, "file-size", f"{lines} lines, more than {FILE_LINES_MAX}",
                      "split it by concept, one per file")
    for first, count, name in _functions(path, text):
        if count > FUNCTION_LINES_MAX:
            yield Finding(path, first, "function-size",
                          f"{count} lines, more than {FUNCTION_LINES_MAX}: {name[:80]}",
                          "keep the branches here and move the leaves into functions of their own")


def check(tree):
    return [finding for path in tree.files(*CODE) for finding in check_file(path, tree.read(path))]


def main():
    tree = tree_from_arguments(__doc__)
    return report("file_size", check(tree), len(tree.files(*CODE)))


if __name__ == "__main__":
    sys.exit(main())
