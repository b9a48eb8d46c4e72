#!/usr/bin/env python3
"""How a backlog went away, from the looks at it that figures/backlog.sh prints.

drain.py FILE MESSAGES     MESSAGES waited in the outbox at the beginning; prints name=value pairs

drained_per_second counts orders that ended, arrived_per_second those that came meanwhile, ratio is the first by the second.
Topics are read in their order, so a backlog goes through the saga step by step and most of its orders end late: halves say
nothing about a collapse; the time until the outbox was empty, and the whole time, do.
"""

import pathlib
import sys

from results import number, values_of

EMPTY_SHARE = 0.01  # of the rows at the beginning: new orders keep some in it


def evaluate(looks, messages):
    """looks: values of each, oldest first, at least two."""
    first, last = looks[0], looks[-1]
    seconds = number(last, "s") - number(first, "s")
    drained = (number(last, "finished") - number(first, "finished")) / seconds
    arrived = (number(last, "stored") - number(first, "stored")) / seconds
    limit = max(number(first, "outbox_rows") * EMPTY_SHARE, 50)
    empty = next((number(look, "s") for look in looks if number(look, "outbox_rows") <= limit), number(last, "s"))
    return (f"drained_per_second={drained:.0f} arrived_per_second={arrived:.0f} ratio={drained / max(arrived, 1):.2f}"
            f" outbox_messages_per_second={messages / max(empty, 1):.0f} outbox_empty_s={empty:.0f} drain_s={seconds:.0f}"
            f" max_mib={max(number(look, 'max_mib') for look in looks):.0f}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
    print(evaluate([values_of(line.split()) for line in lines], float(sys.argv[2])))
