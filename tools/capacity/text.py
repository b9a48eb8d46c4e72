"""Numbers and tables as Markdown."""

import math


def number(value, digits=3):
    """Rounded to so many significant digits, with commas; whole numbers stay whole."""
    if value == math.inf:
        return "none"
    if value == 0:
        return "0"
    if isinstance(value, int) and value < 10**digits:
        return str(value)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:,.{max(0, places)}f}".rstrip("0").rstrip(".") if places > 0 else f"{rounded:,.0f}"


def exact(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def percent(share):
    return f"{number(100 * share, 2)} %"


def size(value):
    """Bytes with a decimal prefix."""
    for prefix, unit in ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if value >= prefix:
            return f"{number(value / prefix)} {unit}"
    return f"{number(value)} B"


def seconds(value):
    if value == math.inf:
        return "never"
    if value >= 5400:
        return f"{number(value / 3600, 2)} h"
    if value >= 100:
        return f"{number(value / 60, 2)} min"
    return f"{number(value, 2)} s"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
