"""The plots of docs/performance.md, drawn by gnuplot from results."""

import subprocess

from results import medians, number

STYLE = """set terminal svg size 760,420 font 'sans-serif,12' background '#ffffff'
set grid ytics lc rgb '#dddddd'
set key outside top center horizontal
set border 11
set xtics nomirror
"""


def _table(rows):
    return "\n".join(" ".join(str(cell) for cell in row) for row in rows)


def rates(results):
    """What is finished and how long that takes, against what is offered."""
    points = sorted(results.of("point", "rates"), key=lambda point: number(point, "rate"))
    if not points:
        return None
    data = _table([[number(point, name) for name in ("rate", "finished_per_second", "p50_ms", "p99_ms")] for point in points])
    return f"""{STYLE}$points << END
{data}
END
set xlabel 'orders offered per second'
set ylabel 'orders finished per second'
set y2label 'milliseconds to CONFIRMED'
set yrange [0:*]
set logscale y2
set ytics nomirror
set y2tics
plot $points using 1:2 with linespoints lw 2 pt 7 lc rgb '#1f77b4' title 'finished per second', \\
  $points using 1:3 axes x1y2 with linespoints pt 4 lc rgb '#2ca02c' title 'p50 (right)', \\
  $points using 1:4 axes x1y2 with linespoints pt 6 lc rgb '#d62728' title 'p99 (right)'
"""


def cpu(results):
    """Processor time of each process per order, stacked."""
    costs = medians(results.of("process", "saga"), "name", "cpu_us_per_order")
    costs.pop("mail", None)
    shown = [(name, cost) for name, cost in costs.items() if cost >= 1]
    if not shown:
        return None
    colours = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf")
    plots = []
    for place, (name, cost) in enumerate(shown, 2):
        plots.append(f"$costs using {place} title '{name} {cost:.0f}' lc rgb '{colours[(place - 2) % len(colours)]}'")
    data = _table([["order", *(cost for _, cost in shown)]])
    return f"""{STYLE}$costs << END
{data}
END
set style data histogram
set style histogram rowstacked
set style fill solid
set boxwidth 0.4
set key outside right top vertical reverse Left invert
set border 3
set ytics nomirror
set ylabel 'microseconds of processor time per order'
set yrange [0:*]
set xrange [-0.6:0.6]
unset xtics
plot {", ".join(plots)}
"""


def batches(results):
    """What batches of a size give, and what they cost an order when there is little to do."""
    points = sorted(results.of("point", "batch-sizes"), key=lambda point: number(point, "batch"))
    if not points:
        return None
    names = ("batch", "finished_per_second", "db_ceiling_per_second", "p50_ms", "light_p50_ms")
    data = _table([[number(point, name) for name in names] for point in points])
    return f"""{STYLE}$points << END
{data}
END
set xlabel 'most orders in a batch'
set ylabel 'orders per second'
set y2label 'milliseconds to CONFIRMED, p50'
set logscale x 2
set logscale y2
set yrange [0:*]
set ytics nomirror
set y2tics
plot $points using 1:2 with linespoints lw 2 pt 7 lc rgb '#1f77b4' title 'finished per second', \\
  $points using 1:3 with linespoints pt 5 lc rgb '#7f7f7f' title 'database alone', \\
  $points using 1:4 axes x1y2 with linespoints pt 6 lc rgb '#d62728' title 'p50 at that rate (right)', \\
  $points using 1:5 axes x1y2 with linespoints pt 4 lc rgb '#2ca02c' title 'p50 at 20/s (right)'
"""


PLOTS = {"throughput": rates, "cpu": cpu, "batches": batches}


def draw(results, folder):
    """Draws what was measured as <name>.svg, removes the plots of what was not; the names of those drawn."""
    drawn = []
    for name, make in PLOTS.items():
        script, file = make(results), folder / f"{name}.svg"
        if script is None:
            file.unlink(missing_ok=True)
            continue
        folder.mkdir(parents=True, exist_ok=True)
        picture = subprocess.run(["gnuplot"], input=script, capture_output=True, text=True, check=True).stdout
        file.write_text(picture.rstrip() + "\n")
        drawn.append(name)
    return drawn
