#!/usr/bin/env python3
"""Writes docs/dependencies.md: what the project depends on, from the lists of packages, with licences.

  tools/docs/dependencies.py           write it, with the licences that this machine's packages state
  tools/docs/dependencies.py --check   fail when it does not name exactly the packages of the lists

The check compares names only: licences stand in files that only an installed package has.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "dependencies.md"
# With the title of those that have no sections of their own.
LISTS = (("tools/install/packages.txt", ""), ("tools/install/packages-containers.txt", "Containers"),
         ("tools/install/packages-bench.txt", "Plots of the benchmark"))
COPYRIGHTS = Path("/usr/share/doc")
UNKNOWN = "see its copyright file"
# Not Debian's: from Maven Central, npm and PyPI, for the local stack and the tests.
OTHERS = (
    ("kafka_2.13", "broker of the local stack, not linked", "Apache-2.0"),
    ("maildev", "mail catcher of the local stack, not linked", "MIT"),
    ("opentelemetry-proto, protobuf", "a test parses exported spans with them, not linked", "Apache-2.0, BSD-3-clause"),
)

INTRODUCTION = """# Dependencies

Every package that the project needs, with the licence of its own files as Debian states it (a package may hold files under others: its
`/usr/share/doc/<package>/copyright` has all). Our binaries link what stands under *Libraries*; the rest builds, checks or serves.
Written by `tools/docs/dependencies.py` from the [lists](../tools/install); `lint_dependencies` keeps the names current.
"""


def sections():
    """(title, packages) of every section of the lists."""
    found = []
    for name, own_title in LISTS:
        found.append([own_title, []])
        for line in (ROOT / name).read_text().splitlines():
            if line.startswith("#"):
                if not own_title:
                    found.append([re.split(r"[:(]", line[1:].strip())[0].strip(), []])
            elif line.strip():
                found[-1][1].append(line.split()[0])
    return [(title, packages) for title, packages in found if packages]


def licence_of(package):
    """The licence of "Files: *"; packages of one source may keep it under another's name."""
    path = COPYRIGHTS / package / "copyright"
    if not path.exists():
        return UNKNOWN
    for paragraph in re.split(r"\n\s*\n", path.read_text(errors="replace")):
        if re.search(r"^Files:\s*\*\s*$", paragraph, re.M):
            licence = re.search(r"^License:\s*(\S.*)$", paragraph, re.M)
            if licence:
                return licence.group(1).strip()
    return UNKNOWN


def page():
    lines = [INTRODUCTION]
    for title, packages in sections():
        lines += [f"## {title}", "", "| package | licence |", "| --- | --- |"]
        lines += [f"| `{package}` | {licence_of(package)} |" for package in packages] + [""]
    lines += ["## From Maven Central, npm and PyPI", "", "| package | for | licence |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {use} | {licence} |" for name, use, licence in OTHERS]
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:] == ["--check"]:
        wanted = {package for _, packages in sections() for package in packages} | {other[0] for other in OTHERS}
        named = set(re.findall(r"^\| `([^`]+)`", PAGE.read_text(), re.M))
        for package in sorted(wanted ^ named):
            where = "is missing" if package in wanted else "is in no list any more"
            print(f"docs/dependencies.md: {package} {where}. Fix: tools/docs/dependencies.py", file=sys.stderr)
        return 1 if wanted != named else 0
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
