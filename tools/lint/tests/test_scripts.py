"""Proves that the script checks fail on a bad file and pass on a good one, with the real tools."""

import shutil
import subprocess
import unittest
from pathlib import Path

from tests.sample_tree import SampleTreeTest

LINT = Path(__file__).resolve().parents[1]
SKIPPED = 77


class ScriptsTest(SampleTreeTest):
    def run_script(self, name, path, text):
        target = self.tree({path: text}).root / path
        result = subprocess.run(["bash", LINT / name, target], capture_output=True, text=True, check=False)
        if result.returncode == SKIPPED:
            self.skipTest(result.stderr)
        return result.returncode, result.stdout + result.stderr

    def assert_fails(self, name, path, text, told):
        code, output = self.run_script(name, path, text)
        self.assertEqual(code, 1, output)
        self.assertRegex(output, told)

    def assert_passes(self, name, path, text):
        code, output = self.run_script(name, path, text)
        self.assertEqual(code, 0, output)

    def test_format_check(self):
        # A file outside the checkout finds no .clang-format, and is measured by clang-format's own style.
        self.assert_fails("format_check.sh", "a.cc", "int  a ;\n", r"a\.cc:1:.*clang-format.*(.|\n)*--fix")
        self.assert_passes("format_check.sh", "a.cc", "int a;\n")

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shell_lint(self):
        self.assert_fails("shell_lint.sh", "a.sh", "#!/bin/bash\nrm $1\n", "SC2086")
        self.assert_passes("shell_lint.sh", "a.sh", '#!/bin/bash\nrm "$1"\n')
        self.assert_passes("shell_lint.sh", "a.sh", "# shellcheck shell=bash\nFOR_OTHERS=1\n")

    @unittest.skipUnless(shutil.which("codespell"), "codespell is not installed")
    def test_spelling(self):
        self.assert_fails("spelling.sh", "a.md", "We recieve an order.\n", "recieve")
        self.assert_passes("spelling.sh", "a.md", "We receive an order.\n")

    @unittest.skipUnless(shutil.which("npm"), "npm is not installed")
    def test_proto_lint(self):
        bad = 'syntax = "proto3";\npackage a.v1;\nmessage order_line {}\n'
        rules = {"proto/buf.yaml": (LINT.parents[1] / "proto/buf.yaml").read_text(encoding="utf-8")}
        root = self.tree({**rules, "proto/a/v1/a.proto": bad}).root
        result = subprocess.run(["bash", LINT / "proto_lint.sh", root / "proto"], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stdout, r"a\.proto:3:.*PascalCase")
        self.assertRegex(result.stdout, r"a\.proto:3:.*comment")


if __name__ == "__main__":
    unittest.main()
