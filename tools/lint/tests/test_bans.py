"""Proves that every entry of bans.json finds its sample, and that the lawful neighbour passes."""

import unittest

import bans
from tests.sample_tree import SampleTreeTest

# rule: (path, what is banned, what is not)
SAMPLES = {
    "sleep-in-test": ("libs/a_test.cc", "std::this_thread::sleep_for(x);", 'Log("sleep_for(1)");'),
    "stdout": ("services/a/b.cc", "std::cout << x;", "// std::cout\n"),
    "debug-string": ("services/a/b.cc", "m.ShortDebugString();", "m.DebugStringOf;"),
    "using-namespace": ("libs/a.cc", "using namespace orderflow;", "using namespace std::chrono_literals;"),
    "detached-thread": ("libs/a.cc", "thread.detach();", "Detach();"),
    "unsupported-library": ("libs/a.cc", "#include <format>", "fmt::format(x);"),
    "absl-mutex": ("libs/a.cc", "absl::Mutex mutex;", "void F(Mutex& mutex);"),
    "vague-name": ("libs/a.cc", "class OrderManager {};", "class OrderRepository {};"),
    "optional-page-start": ("services/a/b.cc", 'F("WHERE ($1::uuid IS NULL OR p.id > $1)");', 'F("WHERE ($2::text IS NULL OR state = $2)");'),
    "mutable-global": ("libs/a.cc", "static std::string last_error;", "  std::string last_error;"),
}


class BansTest(SampleTreeTest):
    def found(self, path, text):
        return bans.check(self.tree({path: text}), bans.load_bans())

    def test_every_entry_has_a_sample(self):
        self.assertEqual({ban["rule"] for ban in bans.load_bans()}, set(SAMPLES))

    def test_samples(self):
        for rule, (path, bad, good) in SAMPLES.items():
            with self.subTest(rule):
                self.assert_rules(self.found(path, bad + "\n"), [(path, 1, rule)])
                self.assert_rules(self.found(path, good + "\n"), [])

    def test_constants_are_not_mutable_globals(self):
        self.assert_rules(self.found("libs/a.cc", "constexpr int kA = 1;\nconst std::string kB = F();\nint F();\nint G() { return 1; }\n"), [])

    def test_statements_are_read_whole(self):
        parts = '#define LIST(c) \\\n  "WHERE ($1::uuid IS " \\\n  "NULL OR p.id < $1)" c\n'
        self.assert_rules(self.found("services/a/b.cc", parts), [("services/a/b.cc", 2, "optional-page-start")])
        for lawful in ('"$1 IS NULL OR state <> $1"', '"id > $1 AND ($2 = \'\' OR state = $2)"', "// $1 IS NULL OR id > $1"):
            self.assert_rules(self.found("services/a/b.cc", lawful + "\n"), [])
        for banned in ('"id > $1 OR $1 IS NULL"', '"$1 = \'\' OR id > $1"'):
            self.assert_rules(self.found("services/a/b.cc", banned + "\n"), [("services/a/b.cc", 1, "optional-page-start")])

    def test_file_names(self):
        self.assert_rules(self.found("libs/OrderStore.cc", ""), [("libs/OrderStore.cc", 1, "file-name")])

    def test_headers_include_once(self):
        self.assert_rules(self.found("libs/a.h", "int a();\n"), [("libs/a.h", 1, "pragma-once")])


if __name__ == "__main__":
    unittest.main()
