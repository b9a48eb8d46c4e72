#!/usr/bin/env python3
"""The table of planted bugs, bugs.toml, and what is made of it.

  tests/planted_bugs/table.py --markdown                           prints docs/planted-bugs.md
  tests/planted_bugs/table.py --targets [--short] [--only NAME,...]  prints what must be built for the checks
  tests/planted_bugs/table.py --check                              compares the table with the switches in the code
"""

import argparse
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = Path(__file__).resolve().parent / "bugs.toml"
LIST = ROOT / "libs/base/planted_bug.h"
SIMULATION = "simulation"
SWITCH = re.compile(r"IsPlanted\(\s*PlantedBug::k(\w+)\s*\)")
INTRODUCTION = """\
# Planted bugs

Each is a known way to be wrong, as a switch in our own code that exists in test builds only, and each must be noticed by a check:
a simulator or a test that has never seen a bug has shown nothing. Written from
[bugs.toml](../tests/planted_bugs/bugs.toml) by `tests/planted_bugs/table.py`; do not edit by hand (`make docs`). How to add one
is in [testing.md](testing.md).

`make planted-bugs` activates them one after the other; the subset marked * runs in `make test`. A seed is the first schedule that
shows the bug, of `build/planted/bin/simulation` with `ORDERFLOW_PLANTED_BUG=<name>`; with `--trace --seeds 1 --first <seed>` it
prints the timeline.

| bug | what is wrong | where it is known from | what notices it |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Bug:
    """One line of the table."""

    name: str
    what: str
    known_from: str
    check: str = SIMULATION  # or the name of a test binary
    tests: str = ""  # of that binary: a filter of googletest
    seed: int = 0  # of the simulation
    short: bool = False  # in `make test` too

    @property
    def is_integration(self):
        """Needs the servers of deploy/local/test_backends.sh."""
        return "integration" in self.check


def load():
    entries = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return [Bug(name=name, **fields) for name, fields in entries.items()]


def choose(short, only):
    """The bugs of the subset, or those that `only` names, separated by commas."""
    names = set(filter(None, only.split(",")))
    bugs = load()
    if unknown := names - {bug.name for bug in bugs}:
        sys.exit(f"not in bugs.toml: {', '.join(sorted(unknown))}")
    return [bug for bug in bugs if (bug.short or not short) and (not names or bug.name in names)]


def targets(bugs):
    return sorted({bug.check for bug in bugs})


def write_seeds(seeds):
    """Replaces the seeds of some bugs, by name."""
    text = TABLE.read_text(encoding="utf-8")
    for name, seed in seeds.items():
        text = re.sub(rf"(\[{name}\]\n(?:(?!\[).*\n)*?seed = )\d+", rf"\g<1>{seed}", text)
    TABLE.write_text(text, encoding="utf-8")


def row(bug):
    if bug.check == SIMULATION:
        check = f"simulation, seed {bug.seed}"
    else:
        test = bug.check.removeprefix("orderflow_")
        check = f"`{test}`: " + ", ".join(f"`{name.strip('*/')}`" for name in bug.tests.split(":"))
    return f"| `{bug.name}`{' *' if bug.short else ''} | {bug.what} | {bug.known_from} | {check} |"


def markdown():
    bugs = load()
    return INTRODUCTION + "\n".join(row(bug) for bug in bugs)


def listed():
    return re.findall(r"^\s*X\((\w+)\)", LIST.read_text(encoding="utf-8"), re.MULTILINE)


def switches():
    """By name, the files that ask for it."""
    found = {}
    for folder in ("libs", "services"):
        for path in sorted((ROOT / folder).rglob("*.[hc]*")):
            if path.suffix in (".h", ".cc") and path != LIST:
                for name in SWITCH.findall(path.read_text(encoding="utf-8")):
                    found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return found


def tests_of_all():
    pattern = re.compile(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", re.MULTILINE)
    return {".".join(names) for folder in ("libs", "services", "tests")
            for path in (ROOT / folder).rglob("*_test.cc")
            for names in pattern.findall(path.read_text(encoding="utf-8"))}


def problems():
    """What does not agree, one sentence each."""
    bugs = load()
    names = [bug.name for bug in bugs]
    in_code = switches()
    tests = tests_of_all()
    if names != listed():
        yield f"bugs.toml and {LIST.name} do not list the same bugs in the same order: {set(names) ^ set(listed())}"
    for name in sorted(set(names) ^ set(in_code)):
        yield f"{name} is {'listed, but nothing asks for it' if name in names else 'asked for, but not in bugs.toml'}"
    for name, files in in_code.items():
        for path in files:
            if path.endswith(".h"):
                yield f"{path} asks for {name}: a header would have another body in the tests than in its library"
    for bug in bugs:
        if (bug.check == SIMULATION) != (bug.seed > 0) or (bug.check == SIMULATION) == bool(bug.tests):
            yield f"{bug.name}: the simulation needs a seed, and a test binary its tests"
        for test in filter(None, bug.tests.split(":")):
            if test.strip("*/") not in tests:
                yield f"{bug.name}: there is no test {test}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--targets", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    arguments, _ = parser.parse_known_args()
    if arguments.markdown:
        print(markdown())
    if arguments.targets:
        print("\n".join(targets(choose(arguments.short, arguments.only))))
    found = list(problems()) if arguments.check else []
    for problem in found:
        print(f"planted bugs: {problem}")
    if arguments.check and not found:
        print(f"planted bugs: {len(load())} listed, asked for and checked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
