"""The translation units that clang-tidy checks, and what each depends on."""

import hashlib
import json
import shlex
from dataclasses import dataclass
from pathlib import Path

import cxx_text

OUR_FOLDERS = ("libs", "services", "tools", "tests")


@dataclass(frozen=True)
class Unit:
    """One source file of ours and the compiler flags that matter to a parser."""

    path: str
    flags: tuple


def _flags(command):
    """Defines, include folders and the language level; the rest is about code generation."""
    kept = []
    words = iter(shlex.split(command)[1:])
    for word in words:
        if word in ("-I", "-isystem", "-D"):
            kept += [word, next(words)]
        elif word.startswith(("-I", "-D", "-std=", "-isystem", "-pthread")):
            kept.append(word)
    return tuple(kept)


def load(build, root):
    """Units of our folders in compile_commands.json, in order, without generated code."""
    entries = json.loads((Path(build) / "compile_commands.json").read_text(encoding="utf-8"))
    units = {}
    for entry in entries:
        path = Path(entry["directory"], entry["file"]).resolve()
        if not path.is_relative_to(root) or path.is_relative_to(Path(build).resolve()) or not path.exists():
            continue
        relative = path.relative_to(root).as_posix()
        if relative.split("/")[0] in OUR_FOLDERS:
            units[relative] = Unit(relative, _flags(entry["command"]))
    return [units[path] for path in sorted(units)]


class Fingerprints:
    """Hashes of what decides the verdict on a unit: its text, every header of ours and every
    generated header that it reaches, its flags and the configuration. System headers count
    through the salt, which names the tool and the system."""

    def __init__(self, root, build, salt):
        self._root = Path(root)
        self._folders = [Path(root), Path(build) / "generated"]
        self._salt = salt
        self._files = {}

    def of(self, unit):
        digest = hashlib.sha256(self._salt.encode())
        digest.update(self._anywhere(" ".join(unit.flags)))
        for path in sorted(self._reachable(self._root / unit.path)):
            digest.update(self._anywhere(str(path)) + self._read(path)[0])
        return digest.hexdigest()

    def _anywhere(self, text):
        """The same text in every clone: a fresh one profits from what passed in another."""
        return text.replace(str(self._root), "").encode()

    def _read(self, path):
        if path not in self._files:
            text = path.read_text(encoding="utf-8", errors="replace")
            targets = [target for _, target, is_angled in cxx_text.includes(text) if not is_angled]
            self._files[path] = (hashlib.sha256(text.encode()).digest(), targets)
        return self._files[path]

    def _reachable(self, start):
        reached = {start}
        waiting = [start]
        while waiting:
            path = waiting.pop()
            for target in self._read(path)[1]:
                for folder in self._folders + [path.parent]:
                    candidate = folder / target
                    if candidate.is_file():
                        if candidate not in reached:
                            reached.add(candidate)
                            waiting.append(candidate)
                        break
        return reached
