"""Proves that the page's tables are replaced between their markers, and that missing and unknown ones are noticed."""

import unittest

import page
from inputs import Inputs, load


def marked(name):
    return f"<!-- table: {name} -->\nstale rows\n<!-- end of table -->\n"


class Page(unittest.TestCase):
    def test_tables_and_figures_are_written(self):
        text = "".join(f"before {name}\n{marked(name)}" for name in page.TABLES)
        text += "there are <!-- figure: cells -->0<!-- end of figure --> cells"
        result = page.written(text, load())
        self.assertFalse("stale rows" in result)
        self.assertTrue("before spikes\n<!-- table: spikes -->\n\n| what |" in result)
        self.assertFalse(">0<" in result)
        self.assertTrue(page.written(result, load()) == result, "twice is the same")

    def test_a_table_without_place_and_a_place_without_table_are_mistakes(self):
        with self.assertRaises(ValueError):
            page.written("".join(marked(name) for name in list(page.TABLES)[1:]), load())
        with self.assertRaises(ValueError):
            page.written("".join(marked(name) for name in page.TABLES) + marked("nothing"), load())

    def test_a_figure_that_nobody_knows_is_a_mistake(self):
        with self.assertRaises(KeyError):
            page.written("".join(marked(name) for name in page.TABLES) + "<!-- figure: nothing -->1<!-- end of figure -->", load())

    def test_every_entry_of_the_plan_is_used(self):
        used = set()

        class Noted(Inputs):
            def plan(self, name):
                used.add(name)
                return super().plan(name)

            def with_plan(self, **values):
                other = super().with_plan(**values)
                return Noted(other.costs, other.entries)

        inputs = load()
        for table in page.TABLES.values():
            table(Noted(inputs.costs, inputs.entries))
        self.assertEqual(sorted(set(inputs.entries) - used), [])

    def test_another_cost_changes_the_page(self):
        text = "".join(marked(name) for name in page.TABLES)
        inputs = load()
        before = page.written(text, inputs)
        inputs.costs["kafka_bytes_per_order"].values["order.events"] *= 2
        self.assertFalse(page.written(text, inputs) == before)


if __name__ == "__main__":
    unittest.main()
