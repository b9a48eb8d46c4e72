"""Proves that a slower case is found, a faster one too, and that what cannot be compared is not."""

import contextlib
import io
import pathlib
import tempfile
import types
import unittest
from unittest import mock

import instructions

EXPECTED = {"saga_engine_order": 20_000, "outbox_record": 3_000}
BUILD = "compiler=g++-12 optimized=1 protobuf=3.21.12 glibc=2.36 processor=x86_64"


class FindingsTest(unittest.TestCase):
    def findings(self, **counted):
        return instructions.findings(EXPECTED, {**EXPECTED, **counted})

    def test_the_same_counts_are_fine(self):
        self.assertEqual(self.findings(), [])

    def test_a_tenth_more_is_a_regression(self):
        self.assertEqual(self.findings(saga_engine_order=22_000),
                         ["saga_engine_order: 22000 instructions, +10.0 % of the expected 20000"])

    def test_a_tenth_less_has_to_be_written_down(self):
        self.assertEqual(self.findings(outbox_record=2_700), ["outbox_record: 2700 instructions, -10.0 % of the expected 3000"])

    def test_a_patch_of_a_library_is_neither(self):
        self.assertEqual(self.findings(saga_engine_order=20_400, outbox_record=2_950), [])

    def test_a_case_that_ran_nothing_does_not_pass(self):
        self.assertEqual(self.findings(outbox_record=0), ["outbox_record: nothing was counted"])

    def test_cases_come_and_go_with_the_file(self):
        self.assertEqual(len(instructions.findings(EXPECTED, {"outbox_record": 3_000})), 1)
        self.assertEqual(len(self.findings(new_case=1)), 1)


class ExpectedFileTest(unittest.TestCase):
    def test_what_is_written_is_read_back(self):
        self.assertEqual(instructions.read_expected(instructions.to_text(BUILD, EXPECTED)), (BUILD, EXPECTED))

    def test_a_dump_has_a_total(self):
        self.assertEqual(instructions.total_of("events: Ir\nfn=(1) a\n+3 7\n\ntotals: 4711\n"), 4711)
        self.assertEqual(instructions.total_of("events: Ir\n"), 0)


class CheckTest(unittest.TestCase):
    def check(self, counted, build=BUILD, write=False):
        """Exit code and output, with a file that expects EXPECTED; and the file afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "expected.txt")
            file.write_text(instructions.to_text(BUILD, EXPECTED), encoding="utf-8")
            arguments = types.SimpleNamespace(program="instructions", expected=file, write=write)
            output = io.StringIO()
            with mock.patch.object(instructions, "count", return_value=counted), \
                    mock.patch.object(instructions, "build_of", return_value=build), contextlib.redirect_stdout(output):
                code = instructions.check(arguments)
            return code, output.getvalue(), instructions.read_expected(file.read_text(encoding="utf-8"))

    def test_a_slowdown_fails_and_says_how_to_accept_it(self):
        code, output, _ = self.check({**EXPECTED, "outbox_record": 3_300})
        self.assertEqual(code, 1)
        self.assertIn("error: outbox_record: 3300 instructions, +10.0 %", output)
        self.assertIn("--write", output)
        self.assertTrue(output.endswith("instructions: cases=2 out_of_bounds=1\n"))

    def test_another_compiler_is_not_compared(self):
        with self.assertRaisesRegex(instructions.Skipped, r"counts are of .*g\+\+-12.*, this is .*g\+\+-13"):
            self.check(EXPECTED, build=BUILD.replace("g++-12", "g++-13"))

    def test_writing_takes_the_new_counts_over(self):
        code, _, written = self.check({"outbox_record": 9}, write=True)
        self.assertEqual((code, written), (0, (BUILD, {"outbox_record": 9})))


if __name__ == "__main__":
    unittest.main()
