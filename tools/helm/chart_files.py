#!/usr/bin/env python3
"""Copies into the chart what it ships of deploy/observability: `helm package` follows no link out of the chart.

--check compares.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "deploy" / "observability"
COPY = ROOT / "helm" / "orderflow" / "files" / "observability"
FOLDERS = ("rules", "alerts", "dashboards")


def _files(root):
    return {path.relative_to(root): path.read_bytes()
            for folder in FOLDERS for path in sorted((root / folder).glob("*")) if path.is_file()}


def differences():
    source, copy = _files(SOURCE), _files(COPY)
    return sorted(str(path) for path in source.keys() | copy.keys() if source.get(path) != copy.get(path))


def write():
    for folder in FOLDERS:
        shutil.rmtree(COPY / folder, ignore_errors=True)
        shutil.copytree(SOURCE / folder, COPY / folder)


def main():
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    different = differences()
    for path in different:
        print(f"helm/orderflow/files/observability/{path} differs from deploy/observability/{path}; "
              "run: tools/helm/chart_files.py")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
