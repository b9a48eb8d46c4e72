"""The files of the checkout that are ours to keep clean: no build output, nothing ignored by git."""

import argparse
import fnmatch
import re
import subprocess
from pathlib import Path

SKIPPED_FOLDERS = {".git", ".local", "build", "node_modules", "__pycache__"}


class SourceTree:
    """Lists and reads files by their path relative to the root, with forward slashes."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self._files = None

    def files(self, *suffixes):
        """Paths in order; with suffixes only those whose name ends in one of them."""
        if self._files is None:
            self._files = sorted(self._from_git() or self._from_walk())
        return [path for path in self._files if not suffixes or path.endswith(suffixes)]

    def cxx_files(self):
        return self.files(".h", ".cc")

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def exists(self, path):
        return (self.root / path).exists()

    def _from_git(self):
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."],
            cwd=self.root, capture_output=True, check=False)
        if listing.returncode != 0:
            return []
        names = (name for name in listing.stdout.decode().split("\0") if name)
        return {name for name in names if (self.root / name).is_file()}

    def _from_walk(self):
        # A source archive has no git: everything but the folders that are never source.
        found = set()
        for path in self.root.rglob("*"):
            relative = path.relative_to(self.root)
            if path.is_file() and not SKIPPED_FOLDERS.intersection(relative.parts):
                found.add(relative.as_posix())
        return found


def is_test(path):
    """Whether a C++ file exists for tests only: beside the code, under tests/ or a testing folder."""
    return bool(re.search(r"_test\.(cc|h)$|^tests/|(^|/)testing/", path))


def matches(path, globs):
    """fnmatch against any of the globs; `*` also crosses folders."""
    return any(fnmatch.fnmatchcase(path, glob) for glob in globs)


def tree_from_arguments(description):
    """The tree that the command line names, by default the checkout of this script."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2],
                        help="folder to check (default: this checkout)")
    return SourceTree(parser.parse_args().root)
