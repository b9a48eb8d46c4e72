"""Splits C++ text into code, comments and string literals without a compiler.

Knows line and block comments, character and string literals, raw strings and digit separators.
`code` keeps every line break and column, so that positions stay true.
"""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<line>//(?:\\\n|[^\n])*)
  | (?P<block>/\*.*?(?:\*/|\Z))
  | (?P<raw>(?<!\w)(?:u8|[LUu])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<number>\b\d[\w.']*)
  | (?P<char>'(?:\\.|[^'\\\n])+')
    """,
    re.VERBOSE | re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A comment or literal and where it starts; adjacent literals, also in a macro, are one piece."""

    line: int
    start: int
    end: int
    text: str


@dataclass
class CxxText:
    code: str = ""
    comments: list = field(default_factory=list)
    strings: list = field(default_factory=list)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def split(text):
    """Returns a CxxText. In `code`, comments are blank and literals are empty ("" and '')."""
    result = CxxText()
    parts = []
    position = 0
    for token in _TOKEN.finditer(text):
        parts.append(text[position:token.start()])
        position = token.end()
        body = token.group()
        piece = Piece(text.count("\n", 0, token.start()) + 1, token.start(), token.end(), body)
        if token.group("line") or token.group("block"):
            result.comments.append(piece)
            parts.append(_blank(body))
        elif token.group("number"):
            parts.append(body.replace("'", "_"))
        elif token.group("char"):
            parts.append("'" + " " * (len(body) - 2) + "'")
        else:
            result.strings.append(piece)
            parts.append('"' + _blank(body[1:-1]) + '"')
    parts.append(text[position:])
    result.code = "".join(parts)
    result.strings = _join_adjacent(result.strings, result.code)
    return result


def _content(literal):
    raw = re.match(r'\w*R"([^(]*)\((.*)\)\1"\Z', literal, re.DOTALL)
    return raw.group(2) if raw else literal[1:-1]


def _join_adjacent(pieces, code):
    joined = []
    for piece in pieces:
        content = _content(piece.text)
        if joined and not code[joined[-1].end:piece.start].replace("\\\n", "").strip():
            last = joined[-1]
            joined[-1] = Piece(last.line, last.start, piece.end, last.text + content)
        else:
            joined.append(Piece(piece.line, piece.start, piece.end, content))
    return joined


def without_preprocessor(code):
    """Blanks directives with their continuations, and the #else halves, so that braces balance."""
    lines = code.split("\n")
    skipping = 0
    continued = False
    for index, line in enumerate(lines):
        stripped = line.lstrip()
        directive = stripped.startswith("#")
        if directive and skipping and re.match(r"#\s*if", stripped):
            skipping += 1
        elif directive and re.match(r"#\s*(else|elif)\b", stripped):
            skipping = max(skipping, 1)
        elif directive and skipping and re.match(r"#\s*endif", stripped):
            skipping -= 1
        if directive or continued or skipping:
            continued = (directive or continued) and line.rstrip().endswith("\\")
            lines[index] = " " * len(line)
        else:
            continued = False
    return "\n".join(lines)


def includes(text):
    """(line, target, is_angled) of every include directive."""
    pattern = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
    return [(text.count("\n", 0, found.start()) + 1, found.group(2), found.group(1) == "<")
            for found in pattern.finditer(text)]
