"""Reads helm/orderflow/values.yaml together with its comments.

A value with a comment that begins with "# --" is documented as it stands; of a mapping without one its members are.
A line "# @schema {...}" adds to what JSON Schema would say of the value by its default.
"""

import json
from dataclasses import dataclass

import yaml

DESCRIPTION = "# --"
SCHEMA = "# @schema "


@dataclass(frozen=True)
class Value:
    """One documented value."""

    path: tuple
    default: object
    description: str
    schema: dict


class UndocumentedValue(Exception):
    """A value that nobody can know the meaning of."""


def _comment_above(lines, line):
    """Description and schema of what stands in a line (from 0)."""
    first = line
    while first > 0 and lines[first - 1].strip().startswith("#"):
        first -= 1
    description, schema, on = [], {}, False
    for text in (lines[number].strip() for number in range(first, line)):
        if text.startswith(SCHEMA):
            schema.update(json.loads(text[len(SCHEMA):]))
        elif text.startswith(DESCRIPTION):
            description, on = [text[len(DESCRIPTION):].strip()], True
        elif on:
            description.append(text[1:].strip())
    return " ".join(description), schema


def _walk(node, lines, path):
    for key, value in node.value:
        description, schema = _comment_above(lines, key.start_mark.line)
        here = path + (key.value,)
        if description:
            yield Value(here, _plain(value), description, schema)
        elif isinstance(value, yaml.MappingNode) and value.value:
            yield from _walk(value, lines, here)
        else:
            raise UndocumentedValue(f"line {key.start_mark.line + 1}: {'.'.join(here)} has no comment '# -- ...'")


def _plain(node):
    return yaml.SafeLoader("").construct_document(node)


def read(path):
    """All documented values, in the order of the file."""
    text = path.read_text(encoding="utf-8")
    return list(_walk(yaml.compose(text), text.splitlines(), ()))
