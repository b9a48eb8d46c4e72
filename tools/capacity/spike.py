"""A spike against one cell, in steps of a tenth of a second: what is admitted, what is shed, and when all is well again.

A fluid model: orders are amounts, not individuals. What is behind the API does so many orders in a second and no more;
the API's own processors take every try, and a refusal costs some of them, so refusing is not free; who is refused comes
back after the time that the refusal names, a few times. Work under way is bounded by admission, as order-service does
(docs/adr/0022-the-limit-of-calls-is-learned.md); here the bound is known at once, there it is learned within some windows
of 250 ms.
"""

import math
from dataclasses import dataclass

STEP_S = 0.1
STEPS_MAX = 60_000


@dataclass(frozen=True)
class Server:
    """A cell, or a machine."""

    orders_per_second: float  # that can be finished while nothing is refused
    api_cores: float  # for orders and refusals; of a machine with everything on it all that the orders take
    order_us: float  # processor time of an order, of those cores
    refusal_us: float
    queue_seconds_max: float = math.inf  # work that may be under way; infinite: whatever comes is accepted


@dataclass(frozen=True)
class Clients:
    """Offered before, during and after the spike, in orders a second, and how clients repeat."""

    normal: float
    factor: float
    seconds: float
    retry_after: float
    attempts: int


@dataclass(frozen=True)
class Outcome:
    offered: float  # tries a second during the spike, repeated ones included
    done_per_second: float  # orders finished, during the spike
    refused_per_second: float
    given_up: float  # orders whose client has given up, in all
    waited_max: float  # seconds that the latest admitted order waits until it is finished
    recovery: float  # seconds from the end of the spike until nothing is refused and nobody waits longer than half a second


RECOVERED_S = 0.5


class Retries:
    """Who comes back when, by tries made so far. RetryInfo is spread over half to one and a half times its value."""

    def __init__(self, clients):
        self._attempts = clients.attempts
        first, last = int(clients.retry_after / 2 / STEP_S), int(clients.retry_after * 1.5 / STEP_S)
        self._delays = range(max(1, first), max(2, last + 1))
        self._due = [[0.0] * (self._delays.stop + 1) for _ in range(clients.attempts)]
        self._now = 0

    def arriving(self):
        """Amounts by tries made before; they are taken."""
        slot = self._now % len(self._due[0])
        result = [due[slot] for due in self._due]
        for due in self._due:
            due[slot] = 0.0
        return result

    def refused(self, amounts):
        """Amounts by tries made before this one; what has no try left is returned."""
        for tries, amount in enumerate(amounts[:-1], start=1):
            for delay in self._delays:
                self._due[tries][(self._now + delay) % len(self._due[tries])] += amount / len(self._delays)
        return amounts[-1]

    def step(self):
        self._now += 1

    @property
    def waiting(self):
        return sum(map(sum, self._due))


def play(server, clients):
    retries = Retries(clients)
    queue, given_up, waited_max, recovery = 0.0, 0.0, 0.0, math.inf
    offered = done = refused = 0.0
    spike_steps = round(clients.seconds / STEP_S)
    work = server.api_cores * 1e6 * STEP_S  # us in a step
    for step in range(STEPS_MAX):
        in_spike = step < spike_steps
        arriving = retries.arriving()
        arriving[0] += clients.normal * (clients.factor if in_spike else 1.0) * STEP_S
        tries = sum(arriving)
        room = max(0.0, server.queue_seconds_max * server.orders_per_second - queue)
        admitted = min(tries, room)
        shed = tries - admitted
        # Refusals come first: they are cheap, and made before anything else is known of the call.
        left = max(0.0, work - shed * server.refusal_us)
        finished = min(queue + admitted, server.orders_per_second * STEP_S, left / server.order_us)
        queue += admitted - finished
        given_up += retries.refused([amount * shed / tries if tries else 0.0 for amount in arriving])
        waited = queue * STEP_S / finished if finished else 0.0
        waited_max = max(waited_max, waited)
        retries.step()
        if in_spike:
            offered, done, refused = offered + tries, done + finished, refused + shed
        elif waited <= RECOVERED_S and shed == 0 and retries.waiting < clients.normal * STEP_S:
            recovery = (step - spike_steps) * STEP_S
            break
    return Outcome(offered / clients.seconds, done / clients.seconds, refused / clients.seconds, given_up, waited_max, recovery)


def machine(orders_per_second, order_us, refusal_us, queue_seconds_max=math.inf):
    """Everything on one machine: a refusal takes from the same processors as an order."""
    return Server(orders_per_second, orders_per_second * order_us / 1e6, order_us, refusal_us, queue_seconds_max)


def clients_of(inputs, normal):
    return Clients(normal, inputs.plan("workload.spike"), inputs.plan("spike.seconds"), inputs.plan("spike.retry_after"),
                   int(inputs.plan("spike.attempts")))
