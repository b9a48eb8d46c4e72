#!/usr/bin/env python3
"""Counts the instructions of hot code, and compares them with those that are expected.

instructions.py --program PROGRAM [--expected FILE] [--write]

The counts are callgrind's: a processor that it simulates, so they are the same on a busy machine. They hang on the
compiler and on the libraries, whose versions the file names; with others there is nothing to compare: exit code 77.
A count that differs by more than a few percent, up or down, fails. --write makes the file say what was counted; its
difference in a commit is the record of what the change costs.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

EXPECTED = pathlib.Path(__file__).with_name("expected.txt")
MEASURED = "MeasureIterations"
SKIPPED = 77
TOLERANCE = 0.03  # builds with and without assertions for tests, and patches of the libraries
HEAD = """# Instructions of one iteration of each case (tests/instructions). Written by instructions.py --write;
# the difference in a commit is what the commit costs.
"""
# Libraries choose code by the abilities of the processor: here all see one that has none of the newer ones.
SAME_PROCESSOR = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-BMI2,-ERMS,-FSRM,-MOVBE,-RTM,-SSE4_2,"
                      "-SSSE3,-Fast_Unaligned_Copy",
    "OPENSSL_ia32cap": "0:0",
}


class Skipped(Exception):
    """Counts of this build or machine cannot be compared; the text says why."""


def build_of(program):
    """The versions that the counts hang on, as in the file."""
    said = subprocess.run([program, "--build"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{said} processor={os.uname().machine}"


def read_expected(text):
    """(build, {case: instructions}) of the file's text."""
    build, counts = "", {}
    for line in text.splitlines():
        if line.startswith("build: "):
            build = line.removeprefix("build: ")
        elif line and not line.startswith("#"):
            name, count = line.split()
            counts[name] = int(count)
    return build, counts


def to_text(build, counts):
    width = max(map(len, counts), default=0) + 2
    return HEAD + f"build: {build}\n" + "".join(f"{name:{width}}{count:>9}\n" for name, count in counts.items())


def total_of(dump):
    """The instructions of a dump of callgrind; 0: it counted nothing."""
    found = re.search(r"^(?:totals|summary): (\d+)", dump, re.M)
    return int(found.group(1)) if found else 0


def count(program):
    """{case: instructions of one iteration}, in the program's order."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise Skipped("valgrind is not installed")
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [valgrind, "--tool=callgrind", f"--zero-before={MEASURED}", f"--dump-after={MEASURED}", "--dump-instr=no",
             f"--callgrind-out-file={folder}/%p", program],
            env={**os.environ, **SAME_PROCESSOR}, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"instructions: {program} failed under valgrind:\n{run.stdout}{run.stderr}")
        counts = {}
        for name, pid, iterations in re.findall(r"^case=(\S+) pid=(\d+) iterations=(\d+)$", run.stdout, re.M):
            dump = pathlib.Path(folder, f"{pid}.1").read_text(encoding="utf-8", errors="replace")
            counts[name] = round(total_of(dump) / int(iterations))
        return counts


def findings(expected, counted, tolerance=TOLERANCE):
    """What is wrong, one sentence each."""
    wrong = []
    for name in sorted(expected.keys() | counted.keys()):
        if name not in counted:
            wrong.append(f"{name}: expected, but there is no such case")
        elif counted[name] <= 0:
            wrong.append(f"{name}: nothing was counted")
        elif name not in expected:
            wrong.append(f"{name}: {counted[name]} instructions, but none are expected yet")
        elif abs(counted[name] - expected[name]) > expected[name] * tolerance:
            change = 100 * (counted[name] - expected[name]) / expected[name]
            wrong.append(f"{name}: {counted[name]} instructions, {change:+.1f} % of the expected {expected[name]}")
    return wrong


def check(arguments):
    build = build_of(arguments.program)
    file = arguments.expected
    if arguments.write:
        counted = count(arguments.program)
        file.write_text(to_text(build, counted), encoding="utf-8")
        print(f"instructions: wrote cases={len(counted)} to {file}")
        return 0
    expected_build, expected = read_expected(file.read_text(encoding="utf-8"))
    if build != expected_build:
        raise Skipped(f"the counts are of {expected_build}, this is {build}")
    counted = count(arguments.program)
    wrong = findings(expected, counted)
    for name, instructions in counted.items():
        print(f"{name:28}{instructions:>9} expected {expected.get(name, 0):>9}")
    for finding in wrong:
        print(f"error: {finding}")
    if wrong:
        print(f"If that is what the change is worth: {sys.argv[0]} --program {arguments.program} --write, and commit the file.")
    print(f"instructions: cases={len(counted)} out_of_bounds={len(wrong)}")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="<build>/bin/instructions")
    parser.add_argument("--expected", type=pathlib.Path, default=EXPECTED)
    parser.add_argument("--write", action="store_true", help="make the file say what was counted")
    try:
        return check(parser.parse_args())
    except Skipped as reason:
        print(f"skipped: {reason}")
        return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
