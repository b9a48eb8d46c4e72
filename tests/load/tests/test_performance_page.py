"""Proves that the page says what was measured, whether it is enough, and what was not measured."""

import pathlib
import shutil
import tempfile
import unittest

import performance_page
import performance_plots
import results
from performance_table import MISSING, ROWS

MEASURED = """machine: length | 3 runs of 60 s
measuring: saga date=2026-11-01 commit=abc123
run: figure=saga run=1 rate=3300 sent=198000 failed=9900 confirmed_per_second=3100 p50_ms=80.5 p99_ms=200
db_ceiling: figure=saga run=1 sagas_per_second=5000
process: figure=saga run=1 name=postgres cpu_us_per_order=200.0 switches_per_order=1.50 mib=0
process: figure=saga run=1 name=mail cpu_us_per_order=900.0 switches_per_order=1.50 mib=80
accounting: figure=saga run=1 cpu_us_per_order=500 commits_per_order=1.25
batch: figure=saga run=1 name=payment-service size=30.5
point: figure=rates share=10 rate=100 finished_per_second=99 failed=0 p50_ms=20 p90_ms=30 p99_ms=40
point: figure=batch-sizes batch=1 finished_per_second=100 p50_ms=900 p99_ms=1900 light_p50_ms=15 light_p99_ms=30 db_ceiling_per_second=110
run: figure=reads run=1 client_cpu_us=20.5
process: figure=reads run=1 name=order-service cpu_us_per_order=30.0 switches_per_order=0.50 mib=80
process: figure=reads run=1 name=edge cpu_us_per_order=0.0 switches_per_order=0.00 mib=80
bench-full: saga confirmed_per_second=3100 confirmed_per_second_low=3000 confirmed_per_second_high=3200 \
db_ceiling_per_second=5000 db_ceiling_per_second_low=5000 db_ceiling_per_second_high=5000 ratio=0.62 rate=3300 runs=3 seconds=60
bench-full: cpu cpu_us_per_order=551 runs=3 seconds=60
bench-full: reads failed
bench-full: spike goodput_per_second=90 peak_per_second=100 goodput_ratio=0.90 recovery_s=2 seconds=60
bench-full: spike failed
"""


def row(text, title):
    return next(line for line in text.splitlines() if line.startswith(f"| {title}"))


class Published(unittest.TestCase):
    def test_is_what_the_results_beside_it_say(self):
        docs = pathlib.Path(__file__).parents[3] / "docs"
        plots = [plot.stem for plot in (docs / "performance").glob("*.svg")]
        found = results.read((docs / "performance" / "results.txt").read_text())

        self.assertEqual((docs / "performance.md").read_text(), performance_page.page(found, plots))


class Page(unittest.TestCase):
    def setUp(self):
        self.page = performance_page.page(results.read(MEASURED), ["cpu"])

    def test_a_value_stands_with_its_spread_beside_what_must_be(self):
        self.assertEqual(row(self.page, "orders through"),
                         "| orders through the whole saga, sustained | 3,000/s and 60 % of the database-only ceiling | 5,000/s |"
                         " 3,100 (3,000 to 3,200)/s, 62 % of 5,000/s, with 3300/s offered; 3 x 60 s | yes | 2026-11-01 abc123 |")

    def test_a_value_that_is_not_enough_says_no(self):
        self.assertTrue(row(self.page, "processor time per order").endswith("551 us; 3 x 60 s | no | 2026-11-01 abc123 |"))

    def test_a_value_of_another_machine_says_so(self):
        machine = "machine: processors | 2 x A\n"
        for processors, end in (("2_x_A", "| 2026-11-02 abc |"), ("2_x_B", "| 2026-11-02 abc, on 2 x B |")):
            text = machine + f"measuring: memory date=2026-11-02 commit=abc processors={processors}\nbench-full: memory max_mib=70\n"
            self.assertTrue(row(performance_page.page(results.read(text), []), "memory of each").endswith(end), end)

    def test_what_was_not_measured_says_so(self):
        self.assertIn(f"| {MISSING} |", row(self.page, "one hot SKU"))

    def test_what_failed_says_so(self):
        self.assertIn("| failed |", row(self.page, "GetOrder"))

    def test_a_value_out_of_its_bounds_is_no_success(self):
        self.assertTrue(row(self.page, "10x spike").endswith("**failed all the same** | no |  |"))

    def test_a_value_with_errors_beside_it_or_too_much_memory_is_no_success(self):
        backlog = "bench-full: backlog messages=1000000 ratio=2.5 max_mib={}\n"
        reads = "bench-full: reads reads_per_second=30000 errors={}\n"
        for enough, text in ((True, backlog.format(140)), (False, backlog.format(150)),
                             (True, reads.format(0)), (False, reads.format(1))):
            name = text.split()[1]
            figure = next(each for each in ROWS if each.figure == name)
            self.assertEqual(figure.holds(results.read(text).figures[name]), enough, text)

    def test_tables_have_the_lines_behind_the_figures(self):
        for part in ("| 1 | 3300 | 5.0 % | 3,100 | 80 | 200 | 5,000 | 62 % |", "| postgres | 200 | 1.5 |  |", "| commits | 1.25 |",
                     "| payment-service | 30.5 |", "| order-service | 30.0 | 0.50 |\n| the client | 20.5 |", "| 100 | 99 | 0 | 20 | 30 | 40 |", "| 1 | 100 | 900 | 1,900 | 15 | 30 | 110 |"):
            self.assertIn(part, self.page)

    def test_only_plots_that_were_drawn_are_shown(self):
        self.assertIn("(performance/cpu.svg)", self.page)
        self.assertNotIn("(performance/throughput.svg)", self.page)

    def test_a_short_run_warns(self):
        self.assertNotIn("**These values", self.page)
        short = MEASURED.replace("length | 3 runs", "length | short: 1 runs")
        self.assertIn("**These values", performance_page.page(results.read(short), []))

    def test_nothing_measured_is_a_page_as_well(self):
        page = performance_page.page(results.read(""), [])

        self.assertEqual(page.count(f"| {MISSING} |"), len(ROWS))


class Plots(unittest.TestCase):
    def test_what_was_not_measured_is_not_drawn(self):
        for make in performance_plots.PLOTS.values():
            self.assertIsNone(make(results.read("")))

    def test_data_stand_in_the_script(self):
        found = results.read(MEASURED)

        self.assertIn("\n100.0 99.0 20.0 40.0\n", performance_plots.rates(found))
        self.assertIn("\n1.0 100.0 110.0 900.0 15.0\n", performance_plots.batches(found))

    def test_customers_mail_servers_are_no_cost(self):
        script = performance_plots.cpu(results.read(MEASURED))

        self.assertIn("\norder 200.0\n", script)
        self.assertNotIn("mail", script)

    @unittest.skipUnless(shutil.which("gnuplot"), "needs gnuplot")
    def test_gnuplot_draws_them_and_old_ones_go(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.assertEqual(performance_plots.draw(results.read(MEASURED), folder), ["throughput", "cpu", "batches"])
            self.assertIn("</svg>", (folder / "cpu.svg").read_text())

            self.assertEqual(performance_plots.draw(results.read(""), folder), [])
            self.assertEqual(list(folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
