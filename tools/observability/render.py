#!/usr/bin/env python3
"""Draws the dashboards as PNG pictures from a running Prometheus, for a look at them where no Grafana is.

Usage: render.py PROMETHEUS_URL FOLDER [MINUTES]

What it shows is the data: each panel's queries over the last MINUTES (15), with legends, units and thresholds. It is
not Grafana's rendering. Needs python3-matplotlib, which nothing else here does.
"""

import json
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

import sources

try:
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
except ImportError:
    sys.exit("python3-matplotlib is missing. Run: apt-get install python3-matplotlib, and use /usr/bin/python3")

COLUMNS, ROW_INCHES, WIDTH_INCHES = 24, 0.36, 18
SAMPLES = 120
SERIES_MAX = 12  # in a legend


class Prometheus:
    def __init__(self, url, minutes):
        self.url, self.end = url.rstrip("/"), time.time()
        self.start, self.step = self.end - minutes * 60, max(5, minutes * 60 // SAMPLES)

    def _get(self, path, **arguments):
        address = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)["data"]

    def series(self, expression):
        return self._get("query_range", query=expression, start=self.start, end=self.end, step=self.step)["result"]

    def values_of(self, label):
        return self._get(f"label/{label}/values", **{"match[]": "orderflow_build_info"})


def with_variables(expression, job):
    return expression.replace("$__rate_interval", "1m").replace("$job", job).replace("$namespace", ".*")


def legend_of(target, metric):
    return re.sub(r"\{\{(\w+)\}\}", lambda found: metric.get(found.group(1), ""), target["legendFormat"])


def draw_stat(axes, panel, series, threshold):
    value = float(series[0]["values"][-1][1]) if series else None
    colour = "black" if value is None or threshold is None else ("red" if value >= threshold else "green")
    text = "no data" if value is None else f"{value:.4g} {panel['fieldConfig']['defaults']['unit']}"
    axes.text(0.5, 0.4, text, ha="center", va="center", fontsize=13, color=colour)
    axes.set_xticks([])
    axes.set_yticks([])


def draw_graph(axes, panel, drawn, threshold):
    for label, points in drawn[:SERIES_MAX]:
        axes.plot([(float(t) - points[-1][0]) / 60 for t, _ in points], [float(v) for _, v in points], label=label,
                  linewidth=1)
    if threshold is not None:
        axes.axhline(threshold, color="red", linewidth=0.6, linestyle="--")
    axes.set_ylabel(panel["fieldConfig"]["defaults"]["unit"], fontsize=6)
    axes.tick_params(labelsize=6)
    axes.set_ylim(bottom=0)
    if drawn:
        axes.legend(fontsize=5, loc="upper left")
    else:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", fontsize=8, color="grey")


def draw(dashboard, prometheus, job, path):
    """Returns the titles of panels without data."""
    empty = []
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    figure = pyplot.figure(figsize=(WIDTH_INCHES, height * ROW_INCHES + 0.5))
    figure.suptitle(f"{dashboard['title']} {job}", fontsize=12)
    for panel in sources.panels(dashboard):
        at = panel["gridPos"]
        axes = figure.add_axes([at["x"] / COLUMNS + 0.02, 1 - (at["y"] + at["h"] - 0.6) / (height + 1) - 0.02,
                                at["w"] / COLUMNS - 0.03, (at["h"] - 1.6) / (height + 1)])
        axes.set_title(panel["title"], fontsize=8)
        threshold = panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        drawn, series = [], []
        for target in panel["targets"]:
            series = prometheus.series(with_variables(target["expr"], job))
            drawn += [(legend_of(target, one["metric"]), one["values"]) for one in series]
        if not drawn:
            empty.append(panel["title"])
        if panel["type"] == "stat":
            draw_stat(axes, panel, series, threshold)
        else:
            draw_graph(axes, panel, drawn, threshold)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
    return empty


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    prometheus = Prometheus(sys.argv[1], int(sys.argv[3]) if len(sys.argv) == 4 else 15)
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for file in sources.dashboard_files():
        dashboard = json.loads(file.read_text())
        has_job = any(variable["name"] == "job" for variable in dashboard["templating"]["list"])
        for job in prometheus.values_of("job") if has_job else [""]:
            path = folder / f"{file.stem}{'-' + job if job else ''}.png"
            empty = draw(dashboard, prometheus, job, path)
            print(f"{path}: panels without data: {', '.join(empty) or 'none'}")


if __name__ == "__main__":
    main()
