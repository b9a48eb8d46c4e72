"""Reads results.txt of bench_full.sh: lines of "<kind>: <name or name=value>...", as figures/lib.sh says. "measuring: <script> date=<day> commit=<n>
processors=<n>_x_<model>" begins a figure; what it had said before is forgotten, so that the last attempt counts."""

import collections
import dataclasses
import statistics

# Figures that another one's script measures.
SCRIPTS = {"cpu": "saga", "latency-20": "latency", "latency-100": "latency", "latency-half": "latency"}


@dataclasses.dataclass
class Results:
    machine: dict = dataclasses.field(default_factory=dict)    # label -> text
    figures: dict = dataclasses.field(default_factory=dict)    # name -> {value name: text}
    failed: set = dataclasses.field(default_factory=set)       # scripts that failed
    measured: dict = dataclasses.field(default_factory=dict)   # script -> day and commit
    processors: dict = dataclasses.field(default_factory=dict)  # script -> those of its machine
    lines: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(list))  # (kind, figure) -> [values]

    def of(self, kind, figure):
        return self.lines[(kind, figure)]


def values_of(words):
    return dict(word.split("=", 1) for word in words if "=" in word)


def _forget(results, script):
    """What a figure's script has said before: it begins again."""
    def is_of_it(figure):
        return SCRIPTS.get(figure, figure) == script

    results.failed.discard(script)
    results.figures = {figure: values for figure, values in results.figures.items() if not is_of_it(figure)}
    for kind, figure in list(results.lines):
        if is_of_it(figure):
            del results.lines[(kind, figure)]


def read(text):
    results = Results()
    for line in text.splitlines():
        kind, _, rest = line.partition(": ")
        words = rest.split()
        if kind == "machine":
            label, _, value = rest.partition(" | ")
            results.machine[label] = value
        elif kind == "measuring":
            _forget(results, words[0])
            begun = values_of(words[1:])
            results.measured[words[0]] = f"{begun.get('date', '')} {begun.get('commit', '')}".strip()
            results.processors[words[0]] = begun.get("processors", "").replace("_", " ")
        elif kind == "bench-full" and words[1:] == ["failed"]:
            results.failed.add(words[0])
        elif kind == "bench-full" and words:
            results.figures[words[0]] = values_of(words[1:])
        elif words:
            values = values_of(words)
            results.lines[(kind, values.get("figure", ""))].append(values)
    return results


def number(values, name):
    """0 when there is none."""
    try:
        return float(values.get(name, 0))
    except ValueError:
        return 0.0


def medians(lines, group, name):
    """The median of a value over all lines that have the same value of `group`, in the order of their first line."""
    found = collections.defaultdict(list)
    for line in lines:
        if name in line:
            found[line.get(group)].append(number(line, name))
    return {key: statistics.median(numbers) for key, numbers in found.items()}
