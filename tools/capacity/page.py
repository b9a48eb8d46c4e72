#!/usr/bin/env python3
"""Writes the tables of docs/capacity.md from measured.toml and plan.toml.

  tools/capacity/page.py           write them between their markers
  tools/capacity/page.py --check   fail when they are not what the files say
"""

import re
import sys
from pathlib import Path

import cell_tables
import inputs as files
import plan_tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "capacity.md"
TABLES = {**plan_tables.TABLES, **cell_tables.TABLES}
_MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
_FIGURE = re.compile(r"(<!-- figure: (\w+) -->).*?(<!-- end of figure -->)", re.DOTALL)


def written(page, inputs):
    """The page with every table made anew. A table without marker, or a marker without table, is a mistake."""
    names = [found.group(2) for found in _MARKED.finditer(page)]
    if sorted(names) != sorted(TABLES):
        raise ValueError(f"the page has the tables {sorted(names)}, made are {sorted(TABLES)}")
    figures = cell_tables.figures(inputs) | plan_tables.figures(inputs)
    page = _MARKED.sub(lambda found: f"{found.group(1)}\n{TABLES[found.group(2)](inputs)}\n\n{found.group(3)}", page)
    return _FIGURE.sub(lambda found: f"{found.group(1)}{figures[found.group(2)]}{found.group(3)}", page)


def main(arguments):
    page = PAGE.read_text(encoding="utf-8")
    wanted = written(page, files.load())
    if arguments == ["--check"]:
        if wanted != page:
            print("docs/capacity.md is not what tools/capacity says; run: tools/capacity/page.py", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
