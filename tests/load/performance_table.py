"""The rows of the table in docs/performance.md: what is asked for, and what a result says about it."""

import dataclasses
import typing

from results import SCRIPTS, number

MISSING = "not measured yet"


def count(value):
    return f"{value:,.0f}"


def with_spread(values, name, show=count):
    low, high = number(values, name + "_low"), number(values, name + "_high")
    text = show(number(values, name))
    return text if low == high else f"{text} ({show(low)} to {show(high)})"


def milliseconds(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def percent(values, name="ratio"):
    return f"{100 * number(values, name):.0f} %"


def in_megabytes(values, name):
    return number(values, name) * 1.048576


def elsewhere(results, script):
    """Where, if not on the machine that the page describes."""
    processors = results.processors.get(script, "")
    return f", on {processors}" if processors and processors != results.machine.get("processors") else ""


@dataclasses.dataclass(frozen=True)
class Row:
    figure: str  # the name behind "bench-full:"
    title: str
    must: str
    aim: str
    say: typing.Callable
    holds: typing.Callable  # whether what must be is

    def cells(self, results):
        """title, must, aim, measured, whether that is enough, when and on what commit."""
        values = results.figures.get(self.figure)
        script = SCRIPTS.get(self.figure, self.figure)
        failed = script in results.failed
        if values is None:
            return (self.title, self.must, self.aim, "failed" if failed else MISSING, "", "")
        length = f"{values['runs']} x {values['seconds']} s" if "runs" in values and "seconds" in values else ""
        measured = self.say(values) + (f"; {length}" if length else "") + ("; **failed all the same**" if failed else "")
        return (self.title, self.must, self.aim, measured, "yes" if self.holds(values) and not failed else "no",
                results.measured.get(script, "") + elsewhere(results, script))


def latency(values):
    return f"p50 {with_spread(values, 'p50_ms', milliseconds)} ms, p99 {with_spread(values, 'p99_ms', milliseconds)} ms at {values.get('rate')}/s"


def light_latency_holds(values):
    return number(values, "p50_ms") <= 25 and number(values, "p99_ms") <= 60


ROWS = (
    Row("saga", "orders through the whole saga, sustained", "3,000/s and 60 % of the database-only ceiling", "5,000/s",
        lambda v: f"{with_spread(v, 'confirmed_per_second')}/s, {percent(v)} of {with_spread(v, 'db_ceiling_per_second')}/s, with {v.get('rate')}/s offered",
        lambda v: number(v, "confirmed_per_second") >= 3000 and number(v, "ratio") >= 0.6),
    Row("accepts", "CreateOrder acknowledged durable, sagas held back", "8,000/s", "12,000/s",
        lambda v: f"{with_spread(v, 'accepts_per_second')}/s, {percent(v)} of the database's {with_spread(v, 'db_ceiling_per_second')}/s",
        lambda v: number(v, "accepts_per_second") >= 8000),
    Row("reads", "GetOrder, hot orders, one server process", "25,000/s", "36,000/s, 60 % of echo",
        lambda v: f"{with_spread(v, 'reads_per_second')}/s, {percent(v)} of echo's {with_spread(v, 'echo_per_second')}/s;"
                  f" p50 {v.get('p50_ms')} ms, p99 {v.get('p99_ms')} ms at {v.get('at_rate')}/s",
        lambda v: number(v, "reads_per_second") >= 25000 and number(v, "errors") == 0),
    Row("latency-20", "create to CONFIRMED at 20 orders/s", "p50 25 ms, p99 60 ms", "p50 12 ms, p99 18 ms", latency, light_latency_holds),
    Row("latency-100", "create to CONFIRMED at 100 orders/s", "p50 25 ms, p99 60 ms", "p50 12 ms, p99 18 ms", latency, light_latency_holds),
    Row("latency-half", "create to CONFIRMED at half of peak throughput", "p99 150 ms", "p99 100 ms", latency,
        lambda v: number(v, "p99_ms") <= 150),
    Row("hot-sku", "one hot SKU in every order", "80 % of uniform throughput, 0 oversold", "rises with load",
        lambda v: f"{with_spread(v, 'hot_per_second')}/s, {percent(v)} of {with_spread(v, 'uniform_per_second')}/s, {v.get('oversold')} oversold",
        lambda v: number(v, "ratio") >= 0.8 and number(v, "oversold") == 0),
    Row("finished-orders", "10 million finished orders in the tables", "90 % of the empty-table throughput", "",
        lambda v: f"{with_spread(v, 'full_per_second')}/s with {count(number(v, 'orders'))} orders, {percent(v)} of {with_spread(v, 'empty_per_second')}/s"
                  + ("; the checker was left out" if v.get("verified") == "no" else ""),
        lambda v: number(v, "orders") >= 10_000_000 and number(v, "ratio") >= 0.9),
    Row("backlog", "backlog of 1 million undelivered messages", "drains at 2x the arrival rate, memory flat (150 MB here too)", "",
        lambda v: f"{count(number(v, 'messages'))} messages: {v.get('drained_per_second')} orders/s finished, new ones among them, while"
                  f" {v.get('arrived_per_second')}/s were accepted ({v.get('ratio')}x), all gone after"
                  f" {v.get('drain_s')} s, the outbox after {v.get('outbox_empty_s')} s; at most {v.get('max_mib')} MiB in a process",
        lambda v: number(v, "messages") >= 1_000_000 and number(v, "ratio") >= 2 and in_megabytes(v, "max_mib") < 150),
    Row("spike", "10x spike for 60 s", "goodput 90 % of peak, recovery in 10 s", "",
        lambda v: f"goodput {v.get('goodput_per_second')}/s of {v.get('peak_per_second')}/s ({percent(v, 'goodput_ratio')}),"
                  f" recovery {v.get('recovery_s')} s" + (f"; {percent(v, 'sent_share')} of {v['offered_per_second']}/s could be sent" if "sent_share" in v else ""),
        lambda v: number(v, "seconds") >= 60 and number(v, "goodput_ratio") >= 0.9 and 0 <= number(v, "recovery_s") < 10),
    Row("memory", "memory of each service", "150 MB under load, flat over 10 minutes", "",
        lambda v: f"at most {v.get('max_mib')} MiB, growth at most {v.get('growth')}x, at {v.get('rate')}/s",
        lambda v: number(v, "seconds") >= 600 and in_megabytes(v, "max_mib") < 150 and number(v, "growth") <= 1.1),
    Row("cpu", "processor time per order, all processes but the generator", "550 us", "320 us",
        lambda v: f"{with_spread(v, 'cpu_us_per_order')} us",
        lambda v: number(v, "cpu_us_per_order") <= 550),
    Row("batch-sizes", "batches against one order at a time", "", "",
        lambda v: f"{v.get('best_per_second')}/s against {v.get('conventional_per_second')}/s: about {number(v, 'gain'):.0f}x",
        lambda v: True),
    Row("replicas", "two and four processes of each service against one, on the same processors", "0 violations", "",
        lambda v: f"{with_spread(v, 'two_per_second')} and {with_spread(v, 'four_per_second')}/s against {with_spread(v, 'one_per_second')}/s"
                  f" ({percent(v, 'two_ratio')} and {percent(v, 'four_ratio')}),"
                  f" {with_spread(v, 'two_cpu_us_per_order')} and {with_spread(v, 'four_cpu_us_per_order')} us against"
                  f" {with_spread(v, 'one_cpu_us_per_order')} us per order, {v.get('violations')} violations",
        lambda v: number(v, "violations") == 0),
)
