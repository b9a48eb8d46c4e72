"""Reads the names out of PromQL: which metrics an expression asks for, with which labels.

A tokenizer, no parser: what it must know is which words are metrics, which are labels, and which belong to
the language. An expression that PromQL would refuse is promtool's to find.
"""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
  | (?P<duration>\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)
  | (?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<operator>=~|!~|!=|==|<=|>=|[-+*/%^<>=(){}\[\],@:])
    """,
    re.VERBOSE,
)
_LABEL_LISTS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_LANGUAGE = {"and", "or", "unless", "bool", "offset", "inf", "nan", "atan2", "start", "end"}
_VARIABLES = {"$__rate_interval": "5m", "$__range": "1h", "$__interval": "1m"}


@dataclass
class Matcher:
    label: str
    operator: str
    value: str


@dataclass
class Selector:
    """One place at which an expression names a metric."""

    metric: str
    matchers: list = field(default_factory=list)


@dataclass
class Names:
    selectors: list  # of Selector
    grouping: set  # labels of by, on and the like
    made: set  # labels that label_replace and label_join write


# A metric of ours, of a process, or recorded; `{` when labels are asked for.
_SELECTED = re.compile(r"\b(\w+:[\w:]+|orderflow_\w+|process_\w+|up)\b(\{)?")
# The checker's come from a collector of the node, which is in a namespace of its own.
_OF_NO_NAMESPACE = "orderflow_verify_"


def within_namespace(expression):
    """The expression, asking for the dashboard's namespace only."""
    def scoped(found):
        metric, brace = found.groups()
        if metric.startswith(_OF_NO_NAMESPACE):
            return found.group()
        return f'{metric}{{namespace=~"$namespace"' + (", " if brace else "}")

    return _SELECTED.sub(scoped, expression)


def _tokens(expression):
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    expression = re.sub(r"\$\{?\w+(?::\w+)?\}?", ".+", expression)  # within the strings of matchers
    position, found = 0, []
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise ValueError(f"unknown character {expression[position]!r} at {position} of {expression!r}")
        position = match.end()
        if match.lastgroup != "space":
            found.append((match.lastgroup, match.group()))
    return found


def _read_matchers(tokens, i):
    """The matchers of {...}; `i` stands behind the brace. Returns them and where they end."""
    matchers = []
    while tokens[i][1] != "}":
        if tokens[i][1] == ",":
            i += 1
            continue
        label, operator, value = tokens[i][1], tokens[i + 1][1], tokens[i + 2][1]
        matchers.append(Matcher(label, operator, value[1:-1]))
        i += 3
    return matchers, i + 1


def names_of(expression):
    """What the expression names; ValueError when it has what no PromQL has."""
    tokens = _tokens(expression)
    names = Names([], set(), set())
    i = 0
    while i < len(tokens):
        kind, text = tokens[i]
        following = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        if kind != "word":
            if text == "{":
                raise ValueError(f"a selector without a metric's name in {expression!r}")
            i += 1
        elif text in _LABEL_LISTS:
            i += 1
            if following == "(":
                while tokens[i][1] != ")":
                    if tokens[i][0] == "word":
                        names.grouping.add(tokens[i][1])
                    i += 1
        elif text in ("label_replace", "label_join"):
            strings = [token[1][1:-1] for token in tokens[i:] if token[0] == "string" and token[1][1:-1]]
            names.made.update(word for word in strings if re.fullmatch(r"[a-z_]+", word))
            i += 1
        elif text in _LANGUAGE or following == "(" or tokens[i - 1][1] == "@" or _is_aggregation(tokens, i):
            i += 1
        else:
            selector = Selector(text)
            i += 1
            if following == "{":
                selector.matchers, i = _read_matchers(tokens, i + 1)
            names.selectors.append(selector)
    return names


def _is_aggregation(tokens, i):
    """sum by (job) (...): a word before its label list is an operator, not a metric."""
    return i + 2 < len(tokens) and tokens[i + 1][1] in ("by", "without") and tokens[i + 2][1] == "("
