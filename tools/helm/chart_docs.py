#!/usr/bin/env python3
"""Writes what follows from helm/orderflow/values.yaml: values.schema.json, and the table of values in README.md.

The schema refuses keys that do not exist, with their path: a typo must not be a default. --check compares.
"""

import json
import sys
from pathlib import Path

import chart_values

CHART = Path(__file__).resolve().parents[2] / "helm" / "orderflow"
BEGIN, END = "<!-- values: written by tools/helm/chart_docs.py -->", "<!-- end of values -->"
# Each member of `components` takes the keys of `defaults`.
COMPONENTS, DEFAULTS, COMPONENT = "components", "defaults", "component"
# As a subchart the chart is given its parent's whole `global`, with keys of others.
SHARED = "global"


def _type_schema(default):
    if isinstance(default, bool):
        return {"type": "boolean"}
    if isinstance(default, int):
        return {"type": "integer"}
    if isinstance(default, float):
        return {"type": "number"}
    if isinstance(default, str):
        return {"type": "string"}
    if isinstance(default, list):
        return {"type": "array"}
    return {"type": "object", "additionalProperties": {"type": "string"}}


def _leaf_schema(value):
    return {**_type_schema(value.default), **value.schema, "description": value.description}


def _object(properties):
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _place(properties, path, schema):
    for key in path[:-1]:
        properties = properties.setdefault(key, _object({}))["properties"]
    properties[path[-1]] = schema


def schema_of(values):
    properties = {}
    for value in values:
        if value.path[0] != COMPONENTS:
            _place(properties, value.path, _leaf_schema(value))
    if SHARED in properties:
        properties[SHARED]["additionalProperties"] = True
    component = properties.pop(DEFAULTS)
    reference = {"$ref": f"#/definitions/{COMPONENT}"}
    names = dict.fromkeys(value.path[1] for value in values if value.path[0] == COMPONENTS)
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart orderflow",
            "definitions": {COMPONENT: component},
            **_object({**properties, DEFAULTS: reference, COMPONENTS: _object({name: reference for name in names})})}


def _cell(value):
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`".replace("|", "\\|")


def table_of(values):
    rows = ["| Value | Default | Meaning |", "| --- | --- | --- |"]
    for value in values:
        description = value.description.replace("|", "\\|")
        rows.append(f"| `{'.'.join(value.path)}` | {_cell(value.default)} | {description} |")
    return "\n".join(rows)


def readme_with(table, readme):
    head, rest = readme.split(BEGIN)
    return f"{head}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"


def main():
    values = chart_values.read(CHART / "values.yaml")
    readme = CHART / "README.md"
    wanted = {
        CHART / "values.schema.json": json.dumps(schema_of(values), indent=1, ensure_ascii=False) + "\n",
        readme: readme_with(table_of(values), readme.read_text(encoding="utf-8")),
    }
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" not in sys.argv[1:]:
        for path in stale:
            path.write_text(wanted[path], encoding="utf-8")
        return 0
    for path in stale:
        print(f"{path.relative_to(CHART.parents[1])} is not what values.yaml says; run: tools/helm/chart_docs.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
