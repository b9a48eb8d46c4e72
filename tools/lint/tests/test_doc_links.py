"""Proves that broken links, anchors and paths are found, and that placeholders are left alone."""

import unittest

import doc_links
from tests.sample_tree import SampleTreeTest


class DocLinksTest(SampleTreeTest):
    def rules(self, text, path="docs/a.md"):
        files = {path: text, "docs/b.md": "# A title: `x`\n\n## Two words\n", "libs/base/money.h": "", "libs/base/money.cc": ""}
        return [finding.rule for finding in doc_links.check(self.tree(files))]

    def test_links(self):
        self.assertEqual(self.rules("[b](b.md) [money](../libs/base/money.h) [out](https://example.com/x)\n"), [])
        self.assertEqual(self.rules("[c](c.md)\n"), ["broken-link"])
        self.assertEqual(self.rules("![picture](c.svg)\n"), ["broken-link"])
        self.assertEqual(self.rules("[c]: c.md\n"), ["broken-link"])

    def test_anchors(self):
        self.assertEqual(self.rules("[b](b.md#two-words) [b](b.md#a-title-x)\n"), [])
        self.assertEqual(self.rules("[b](b.md#three-words)\n"), ["broken-anchor"])

    def test_paths_in_backticks(self):
        self.assertEqual(self.rules("`libs/base/money.{h,cc}` `libs/base/*.h` `libs/base/` `services/<name>/x` `a/b`\n"), [])
        self.assertEqual(self.rules("`libs/base/gold.h`\n"), ["broken-path"])
        self.assertEqual(self.rules("`libs/base/money.{h,py}`\n"), ["broken-path"])

    def test_fenced_blocks_are_left_alone(self):
        self.assertEqual(self.rules("```\n`libs/gone.h` [c](c.md)\n```\n"), [])

    def test_mentions_in_code(self):
        self.assertEqual(self.rules("// See docs/gone.md.\n", "libs/a.cc"), ["broken-path"])
        self.assertEqual(self.rules("// See docs/b.md.\n", "libs/a.cc"), [])


if __name__ == "__main__":
    unittest.main()
