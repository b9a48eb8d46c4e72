"""Groups source files so that clang-tidy reads their common headers once.

Nearly all of clang-tidy's time goes into headers of others. Files of one library or service are
therefore checked as one unit that includes them all, unless two of them define the same local name.
"""

import re
from pathlib import Path

import cxx_text

BATCH_SIZE_MAX = 12

_LOCAL_NAMES = [
    re.compile(r"\b(?:class|struct|enum class|enum|using|concept)\s+(\w+)"),
    re.compile(r"\b(\w+)\s*[({=\[]"),
]
_TEST = re.compile(r"\b(?:TEST|TEST_F|TEST_P|MATCHER|MATCHER_P|INSTANTIATE_TEST_SUITE_P)\(\s*(\w+)\s*(?:,\s*(\w+))?")
_NO_NAMES = {"if", "for", "while", "switch", "return", "operator", "sizeof", "noexcept", "final", "std"}
_FREE_FUNCTION = re.compile(r"^static\s+[\w:<>&* ]+?\b(\w+)\(", re.MULTILINE)


def _top_level(block):
    """The text of a namespace block without what its functions and types contain."""
    kept, depth = [], 0
    for character in block:
        if character == "}":
            depth -= 1
        if depth == 0:
            kept.append(character)
        if character == "{":
            depth += 1
    return re.sub(r"\([^()]*\)", "()", "".join(kept))


def _block_after(code, opening):
    depth = 0
    for position in range(opening, len(code)):
        depth += {"{": 1, "}": -1}.get(code[position], 0)
        if depth == 0:
            return code[opening + 1:position]
    return code[opening + 1:]


def local_names(text):
    """Names that would clash if two files with them were one: too many rather than too few."""
    code = cxx_text.without_preprocessor(cxx_text.split(text).code)
    names = {"_".join(filter(None, found)) for found in _TEST.findall(code)}
    names |= set(_FREE_FUNCTION.findall(code))
    for found in re.finditer(r"\bnamespace\s*\{", code):
        block = _top_level(_block_after(code, found.end() - 1))
        for pattern in _LOCAL_NAMES:
            names |= set(pattern.findall(block))
    macros = set(re.findall(r"^#\s*define\s+(\w+)", text, re.MULTILINE))
    # What else is all capitals is the use of a macro, such as TEST.
    return macros | {name for name in names - _NO_NAMES if not name.isupper()}


def group(units, root):
    """Lists of units: same library or service, tests apart, no clash of local names, at most BATCH_SIZE_MAX."""
    batches = []
    for unit in units:
        names = local_names((Path(root) / unit.path).read_text(encoding="utf-8", errors="replace"))
        kind = (unit.path.split("/")[:2], unit.path.endswith("_test.cc"))
        for batch in batches:
            fits = batch["kind"] == kind and len(batch["units"]) < BATCH_SIZE_MAX
            if fits and not names & batch["names"] and not unit.path.endswith("main.cc"):
                batch["units"].append(unit)
                batch["names"] |= names
                break
        else:
            batches.append({"kind": kind, "units": [unit], "names": names})
    return [batch["units"] for batch in batches]
