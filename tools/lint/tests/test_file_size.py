"""Proves that long files and long functions are found, whatever surrounds them, and no others."""

import unittest

import file_size
from tests.sample_tree import SampleTreeTest

LONG_BODY = "  Step();\n" * 70


class FileSizeTest(SampleTreeTest):
    def functions(self, text):
        return [(line, name) for line, _, name in file_size.cxx_functions(text)]

    def test_long_file(self):
        text = "\n" * 401
        self.assert_rules(file_size.check(self.tree({"libs/a.cc": text, "libs/b.cc": "\n" * 400})),
                          [("libs/a.cc", 401, "file-size")])

    def test_long_functions(self):
        for head in ("void Run() {", "TEST(Relay, Runs) {", "template <class T>\nstd::vector<T> A::Run(int a = 1) const noexcept {",
                     "A::A(int b) : b_(b), c_{b} {", "bool operator==(const A& a, const A& b) {",
                     "const auto kRun = [](int a) {", "struct A {\n void Run() {"):
            text = "namespace x {\n\n" + head + "\n" + LONG_BODY + "}\n" + ("};" if "struct" in head else "") + "}\n"
            findings = file_size.check(self.tree({"libs/a.cc": text}))
            self.assertEqual([finding.rule for finding in findings], ["function-size"], head)

    def test_seventy_lines_are_not_too_long(self):
        text = "void Run() {\n" + "  Step();\n" * 68 + "}\n"
        self.assert_rules(file_size.check(self.tree({"libs/a.cc": text})), [])

    def test_tables_and_types_are_not_functions(self):
        text = ("const std::vector<Row> kRows = {\n" + "  {1, F(2)},\n" * 90 + "};\n"
                "class A {\n" + "  void B();\n" * 90 + "};\nenum class E {\n" + "  kA,\n" * 90 + "};\n")
        self.assert_rules(file_size.check(self.tree({"libs/a.cc": text})), [])

    def test_braces_in_literals_comments_and_directives_do_not_count(self):
        text = ('void A() {\n  F("{", \'{\', R"({{)");  // {\n#ifdef X\n  if (a) {\n#else\n  if (b) {\n#endif\n  }\n}\n'
                "#define M(x) \\\n  do { x\n\nvoid B() {}\n")
        self.assertEqual(self.functions(text), [(1, "void A()"), (13, "void B()")])

    def test_member_initializers_do_not_end_a_head(self):
        self.assertEqual(self.functions("A::A(int b)\n    : b_{b}, c_{1} {\n  F();\n}\nvoid G() {}\n"),
                         [(1, "A::A(int b) : b_{b}, c_{1}"), (5, "void G()")])

    def test_long_python_and_shell_functions(self):
        findings = file_size.check(self.tree({
            "tools/a.py": "def run():\n" + "    step()\n" * 70,
            "tools/b.sh": "run() {\n" + "  step\n" * 70 + "}\n"}))
        self.assert_rules(findings, [("tools/a.py", 1, "function-size"), ("tools/b.sh", 1, "function-size")])


if __name__ == "__main__":
    unittest.main()
