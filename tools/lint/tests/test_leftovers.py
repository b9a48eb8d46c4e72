"""Proves that open notes and commented-out code are found, and that prose is not."""

import unittest

import leftovers
from tests.sample_tree import SampleTreeTest


class LeftoversTest(SampleTreeTest):
    def rules(self, text, path="libs/a.cc"):
        return [finding.rule for finding in leftovers.check(self.tree({path: text}))]

    def test_open_notes(self):
        self.assertEqual(self.rules("// TODO: later\n"), ["open-note"])
        self.assertEqual(self.rules("# TODO(someone): later\n", "deploy/a.sh"), ["open-note"])
        self.assertEqual(self.rules("// TODO(#12): later\n"), [])

    def test_unfinished(self):
        for mark in ("FIXME", "XXX:", "HACK:"):
            self.assertEqual(self.rules(f"// {mark} wrong\n"), ["unfinished"])
        self.assertEqual(self.rules('Currency("XXX");\n'), [])

    def test_commented_out_code(self):
        for code in ("return 1;", "if (a == b) {", "auto x = F(1);", "counter += 2;", "queue.Push(order);", "}",
                     "#include <map>", "std::string name = order.name();", "queue->Close();"):
            self.assertEqual(self.rules(f"// {code}\n"), ["commented-out-code"], code)

    def test_prose_and_examples(self):
        for prose in ("Returns the order; never blocks.", "Nothing is lost; call again;", "If (and only if) it is open:",
                      "while a consumer works on one batch, the next collects.", "   auto x = F(1);",
                      "Use Close() when done.", "lint: return values matter"):
            self.assertEqual(self.rules(f"// {prose}\n"), [], prose)


if __name__ == "__main__":
    unittest.main()
