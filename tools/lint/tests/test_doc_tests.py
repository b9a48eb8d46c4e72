"""Proves that a test that only docs/security.md knows is found."""

import unittest

import doc_tests
from tests.sample_tree import SampleTreeTest

CODE = {"libs/a_test.cc": "TEST(Tokens, AreRefused) {}\nTEST_F(RingTest,\n       Turns) {}\nTEST_P(Each, Works) {}",
        "tests/CMakeLists.txt": "add_test(NAME e2e_secure_stack)\norderflow_e2e(watch_test.cc)\n"}
TABLE = "| threat | control | test |\n| --- | --- | --- |\n| a | `NoTest.OfThis` | %s |\n"


class DocTestsTest(SampleTreeTest):
    def findings(self, cell):
        return doc_tests.check(self.tree({"docs/security.md": TABLE % cell, **CODE}))

    def test_unknown_test(self):
        for cell in ("`Token`", "`Tokens.AreTaken`", "`e2e_insecure_stack`", "`Tokens`, `RingTest.Stops`"):
            self.assert_rules(self.findings(cell), [("docs/security.md", 3, "unknown-test")])

    def test_known_tests(self):
        for cell in ("`Tokens`", "`Tokens.AreRefused`, `RingTest.Turns`", "`Each.Works`", "`e2e_secure_stack` (in it)",
                     "`e2e_watch_test`", "none", "[`libs/x`](x.md)"):
            self.assertEqual(self.findings(cell), [], cell)

    def test_other_tables_and_columns_do_not_count(self):
        self.assertEqual(doc_tests.check(self.tree({"docs/security.md": "| a | b |\n| --- | --- |\n| `X.Y` | `X` |\n", **CODE})), [])


if __name__ == "__main__":
    unittest.main()
