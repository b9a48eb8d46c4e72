"""A small tree of files in a temporary folder, for checks to read."""

import tempfile
import unittest
from pathlib import Path

from source_tree import SourceTree


class SampleTreeTest(unittest.TestCase):
    """Gives each test a tree, and the rules that a check finds in it."""

    def tree(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for path, text in files.items():
            target = Path(folder.name, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return SourceTree(folder.name)

    def assert_rules(self, findings, expected):
        """`expected`: (path, line, rule) of every finding, in order."""
        self.assertEqual([(finding.path, finding.line, finding.rule) for finding in sorted(findings)], expected)
        for finding in findings:
            self.assertTrue(finding.what and finding.fix, finding)
