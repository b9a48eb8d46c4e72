#!/usr/bin/env python3
"""Runs clang-tidy by the rules of .clang-tidy over our own source files of a build folder.

The folder must be built: generated headers are read from it. Files that passed are remembered
by a hash of all they depend on, in $XDG_CACHE_HOME/orderflow/tidy, so that a repeat checks only
what changed. Besides .clang-tidy, clang's thread-safety analysis is on.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tidy_batches
import tidy_units

ROOT = Path(__file__).resolve().parents[2]
# One version is the judge, as in clang_tool.sh.
CLANG_VERSION = 14
EXIT_SKIPPED = 77
CACHE_ENTRIES_MAX = 5000

_MESSAGE = re.compile(r"^(?P<path>/[^:\n]+):(?P<line>\d+):\d+: (?P<level>error|warning): (?P<text>.*)$", re.MULTILINE)


def find_clang_tidy():
    """The command of the deciding version and its version text, or None."""
    for name in (f"clang-tidy-{CLANG_VERSION}", "clang-tidy"):
        command = shutil.which(name)
        if command:
            version = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(rf"version {CLANG_VERSION}\.", version):
                return command, version
    return None


class PassedCache:
    """Remembers fingerprints of files that had no findings: one empty file each."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)

    def contains(self, fingerprint):
        entry = self._folder / fingerprint
        if not entry.exists():
            return False
        os.utime(entry)
        return True

    def add(self, fingerprint):
        (self._folder / fingerprint).touch()

    def trim(self):
        entries = sorted(self._folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in entries[CACHE_ENTRIES_MAX:]:
            entry.unlink(missing_ok=True)


class Tidy:
    """Runs clang-tidy over batches of units and collects what it says about our files."""

    def __init__(self, command, root, scratch):
        self._command = command
        self._root = Path(root)
        self._scratch = scratch
        self._header_filter = f"^{re.escape(str(self._root))}/({'|'.join(tidy_units.OUR_FOLDERS)})/"

    def run(self, units):
        """Yields (unit, set of messages) for every unit of the batch."""
        messages, failed = self._run_once(units)
        errors = {text.split(":")[0] for text in messages if "clang-diagnostic-error" in text}
        if len(units) > 1 and (errors or (failed and not messages)):
            for part in _apart(units, errors):
                yield from self.run(part)
            return
        sources = {unit.path for unit in units}
        in_headers = {text for text in messages if text.split(":")[0] not in sources}
        for unit in units:
            yield unit, in_headers | {text for text in messages if text.startswith(unit.path + ":")}

    def _run_once(self, units):
        flags = list(dict.fromkeys(_pairs(flag for unit in units for flag in unit.flags)))
        source = self._root / units[0].path
        if len(units) > 1:
            with tempfile.NamedTemporaryFile("w", dir=self._scratch, suffix=".cc", delete=False) as together:
                together.writelines(f'#include "{self._root / unit.path}"\n' for unit in units)
            source = Path(together.name)
        result = subprocess.run(
            [self._command, "--quiet", f"--header-filter={self._header_filter}",
             f"--config-file={self._root / '.clang-tidy'}", str(source), "--",
             *(word for pair in flags for word in pair), "-Wthread-safety", "-Wno-unknown-warning-option"],
            capture_output=True, text=True, check=False)
        messages = {self._told(found) for found in _MESSAGE.finditer(result.stdout)}
        failed = result.returncode != 0
        if failed and not messages and len(units) == 1:
            messages = {f"{units[0].path}:1: clang-tidy failed: {result.stderr.strip()[-500:]}"}
        return messages, failed

    def _told(self, found):
        path = os.path.relpath(found.group("path"), self._root)
        return f"{path}:{found.group('line')}: {found.group('text').replace(',-warnings-as-errors', '')}"


def _apart(units, errors):
    """A batch that does not compile as one: those with errors each alone, or two halves."""
    alone = [[unit] for unit in units if unit.path in errors]
    rest = [unit for unit in units if unit.path not in errors]
    if alone:
        return alone + ([rest] if rest else [])
    return [units[:len(units) // 2], units[len(units) // 2:]]


def _pairs(flags):
    """Keeps `-isystem folder` together."""
    words = iter(flags)
    for word in words:
        yield (word, next(words)) if word in ("-I", "-isystem", "-D") else (word,)


def _parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=ROOT / "build/dev", type=Path, help="build folder (default: build/dev)")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), help="parallel runs (default: all cores)")
    parser.add_argument("--no-cache", action="store_true", help="check everything again")
    parser.add_argument("paths", nargs="*", help="only files that begin with one of these paths")
    return parser.parse_args()


def check(units, tidy, fingerprints, cache, jobs):
    """Checks what is not known to pass and prints what it finds as it goes.

    Returns all messages and how many files were checked.
    """
    keys = {unit: fingerprints.of(unit) for unit in units}
    waiting = [unit for unit in units if not cache.contains(keys[unit])]
    batches = sorted(tidy_batches.group(waiting, ROOT), key=len, reverse=True)
    messages = set()
    done = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        runs = [pool.submit(lambda batch=batch: list(tidy.run(batch))) for batch in batches]
        for run in concurrent.futures.as_completed(runs):
            for unit, found in run.result():
                for message in sorted(found - messages):
                    print(message, flush=True)
                messages |= found
                if not found:
                    cache.add(keys[unit])
            done += len(run.result())
            print(f"tidy: {done}/{len(waiting)}", file=sys.stderr, flush=True)
    return messages, len(waiting)


def main():
    arguments = _parse_arguments()
    found = find_clang_tidy()
    if found is None:
        print(f"skipped: clang-tidy {CLANG_VERSION} is not installed; install clang-tidy-{CLANG_VERSION} to run this check")
        return EXIT_SKIPPED
    if not (arguments.build / "compile_commands.json").exists():
        print(f"tidy: {arguments.build} is not configured. Fix: cmake --preset dev && cmake --build {arguments.build}")
        return 1
    start = time.monotonic()
    command, version = found
    units = [unit for unit in tidy_units.load(arguments.build, ROOT)
             if not arguments.paths or unit.path.startswith(tuple(arguments.paths))]
    system = Path("/etc/debian_version").read_text(encoding="utf-8") if Path("/etc/debian_version").exists() else ""
    salt = version + system + (ROOT / ".clang-tidy").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="orderflow-tidy-") as scratch:
        default_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orderflow/tidy"
        cache = PassedCache(Path(scratch) / "cache" if arguments.no_cache else default_cache)
        fingerprints = tidy_units.Fingerprints(ROOT, arguments.build.resolve(), salt)
        messages, checked = check(units, Tidy(command, ROOT, scratch), fingerprints, cache, arguments.jobs)
        cache.trim()
    print(f"tidy: {len(units)} file(s), {checked} checked now, {len(units) - checked} unchanged since they passed, "
          f"{len(messages)} finding(s), {time.monotonic() - start:.0f} s")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
