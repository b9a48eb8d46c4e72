"""Proves what decides whether clang-tidy runs: which units, in which batches, remembered by what.

The last test runs the real clang-tidy over one bad file; it is skipped where that is missing.
"""

import json
import tempfile
import unittest
from pathlib import Path

import tidy
import tidy_batches
import tidy_units
from tests.sample_tree import SampleTreeTest


class TidyTest(SampleTreeTest):
    def load(self, files):
        root = self.tree(files).root
        build = root / "build/dev"
        (build / "generated/orderflow").mkdir(parents=True)
        (build / "generated/a.pb.cc").write_text("")
        paths = [*files, "build/dev/generated/a.pb.cc"]
        (build / "compile_commands.json").write_text(json.dumps([
            {"directory": str(build), "file": str(root / path), "command": f"c++ -I {root} -DX=1 -O2 -c {path} -o x.o"}
            for path in paths if path.endswith(".cc")]))
        return root, build, tidy_units.load(build, root)

    def test_units_are_ours_only(self):
        root, _, units = self.load({"libs/a.cc": "", "third/b.cc": ""})
        self.assertEqual(units, [tidy_units.Unit("libs/a.cc", ("-I", str(root), "-DX=1"))])

    def test_fingerprint_follows_headers(self):
        root, build, (unit,) = self.load({"libs/a.cc": '#include "libs/b.h"\n', "libs/b.h": '#include "orderflow/c.pb.h"\n'})
        generated = build / "generated/orderflow/c.pb.h"
        generated.write_text("int a;")
        first = tidy_units.Fingerprints(root, build, "salt").of(unit)

        self.assertEqual(tidy_units.Fingerprints(root, build, "salt").of(unit), first)
        self.assertNotEqual(tidy_units.Fingerprints(root, build, "other").of(unit), first)
        generated.write_text("int b;")
        self.assertNotEqual(tidy_units.Fingerprints(root, build, "salt").of(unit), first)

    def test_batches_keep_clashing_names_apart(self):
        same = "namespace {\nconstexpr int kSizeMax = 1;\n}\n"
        root, _, units = self.load({"libs/x/a.cc": same, "libs/x/b.cc": same, "libs/x/c.cc": "namespace {\nint Size() { return 1; }\n}\n",
                                    "libs/x/c_test.cc": "TEST(A, B) {}\n", "libs/y/d.cc": ""})
        batches = [[unit.path for unit in batch] for batch in tidy_batches.group(units, root)]
        self.assertEqual(batches, [["libs/x/a.cc", "libs/x/c.cc"], ["libs/x/b.cc"], ["libs/x/c_test.cc"], ["libs/y/d.cc"]])

    def test_batches_that_do_not_compile_are_taken_apart(self):
        a, b, c = (tidy_units.Unit(name, ()) for name in "abc")
        self.assertEqual(tidy._apart([a, b, c], {"b"}), [[b], [a, c]])
        self.assertEqual(tidy._apart([a, b, c], {"header.h"}), [[a], [b, c]])

    def test_real_clang_tidy_tells_the_file(self):
        found = tidy.find_clang_tidy()
        if found is None:
            self.skipTest("clang-tidy of the deciding version is not installed")
        root, _, units = self.load({
            "libs/a.cc": "struct A {\n  A(int b);\n};\n", "libs/b.cc": "int b = 1;\n",
            ".clang-tidy": (tidy.ROOT / ".clang-tidy").read_text(encoding="utf-8")})
        with tempfile.TemporaryDirectory() as scratch:
            results = {unit.path: messages for unit, messages in tidy.Tidy(found[0], root, Path(scratch)).run(units)}
        self.assertEqual(results["libs/b.cc"], set())
        self.assertRegex("".join(results["libs/a.cc"]), r"^libs/a.cc:2: .*\[google-explicit-constructor\]$")


if __name__ == "__main__":
    unittest.main()
