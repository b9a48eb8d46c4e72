"""What a check found, and the one way of reporting it."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One violation: where it is, which rule, what is wrong and how to fix it."""

    path: str
    line: int
    rule: str
    what: str
    fix: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.what}. Fix: {self.fix}."


def report(check, findings, checked):
    """Prints the findings in file order, then a closing line. Returns the exit code."""
    for finding in sorted(findings):
        print(finding)
    verdict = f"{len(findings)} violation(s)" if findings else "no violations"
    print(f"{check}: {checked} file(s) checked, {verdict}", file=sys.stderr)
    return 1 if findings else 0
