"""Proves that a crash point without a place, or with two, is found."""

import unittest

import crash_points
from tests.sample_tree import SampleTreeTest

HEADER = 'inline constexpr std::string_view kCrashPoints[] = {\n    "a.before_commit",  // why\n};\n'


class CrashPointsTest(SampleTreeTest):
    def whats(self, **files):
        tree = self.tree({"libs/base/crash_point.h": HEADER,
                          **{f"libs/{name}.cc": text for name, text in files.items()}})
        return [finding.what for finding in crash_points.check(tree)]

    def test_one_place_is_right(self):
        self.assertEqual(self.whats(a='CRASH_POINT("a.before_commit");\n'), [])

    def test_tests_do_not_count(self):
        self.assertEqual(self.whats(a='CRASH_POINT("a.before_commit");\n', a_test='CRASH_POINT("a.before_commit");\n'), [])

    def test_no_place_and_two_places(self):
        self.assertIn("stands 0 times", self.whats(a="\n")[0])
        self.assertIn("stands 2 times", self.whats(a='CRASH_POINT("a.before_commit");\n',
                                                   b='CRASH_POINT("a.before_commit");\n')[0])


if __name__ == "__main__":
    unittest.main()
