"""Moving a slot from one cell to another: how long what is unavailable, and a check of the protocol by playing it.

Steps, for one slot (docs/capacity.md says what each is for):
  copy    rows are copied while the old cell serves; the copy is behind
  drain   the old cell, and it alone decides, refuses writes of the slot; reads go on
  rest    the last sagas come to rest
  delta   what has changed since the copy; afterwards both have the same, keys included
  switch  the old cell gives the slot up, the new cell takes it over, the map's next version says so

`play` lets clients repeat requests through edges whose maps are old while these steps happen in any order with them, and
looks for an order that was accepted twice or that cannot be found. Faults turn single rules off; the tests show that each
is then found.
"""

import random
from dataclasses import dataclass, field

import model

FAULTS = ("edge_decides", "keys_left_behind", "switch_before_rest", "new_cell_first")


@dataclass(frozen=True)
class Duration:
    """Seconds."""

    copy: float  # of the whole cell, nothing is unavailable
    slot_writes_unavailable: float
    slot_reads_unavailable: float
    cell: float  # until the last slot has moved


def duration(inputs, peak_of_cell, slots):
    """Of a cell with so many slots and requests at the peak; its rows are as many as these leave."""
    orders = model.rates(inputs, peak_of_cell).create
    copy = model.retained_bytes(inputs, model.day_of(inputs, orders)) / inputs.plan("evacuation.copy_bytes")
    changed = orders * sum(model.rest_bytes(inputs).values())  # bytes a second, of the whole cell
    at_once = inputs.plan("evacuation.slots_at_once")
    # The delta has what a slot got while the slots before it were moved, at most the whole time of the copy.
    delta = changed / slots * copy * at_once / inputs.plan("evacuation.copy_bytes")
    switch = inputs.plan("evacuation.map_seconds")
    writes = inputs.plan("evacuation.saga_seconds") + delta + switch
    return Duration(copy, writes, switch, copy + slots / at_once * writes)


@dataclass
class CellState:
    """What a cell knows of one slot."""

    owns: bool
    draining: bool = False
    keys: dict = field(default_factory=dict)  # request id to order id: the first answer
    orders: dict = field(default_factory=dict)  # order id to "under way" or "at rest"


class World:
    """Two cells, one slot, edges with maps of any age, clients that repeat."""

    def __init__(self, seed, fault=None):
        self.random = random.Random(seed)
        self.fault = fault
        self.old, self.new = CellState(owns=True), CellState(owns=False)
        self.map = self.old  # the newest version
        self.draining_known = False  # by the newest map
        self.edges = [{"cell": self.old, "draining": False} for _ in range(3)]
        self.accepted = {}  # request id to the set of order ids that clients were told or could be told
        self.told = {}  # request id to order id: acknowledged
        self.next_request = 0
        self.steps = ["copy", "drain", "rest", "delta", "give_up", "take_over", "publish"]
        if fault == "switch_before_rest":
            self.steps.remove("rest")
        if fault == "new_cell_first":
            self.steps = ["copy", "take_over", "publish", "drain", "rest", "delta", "give_up"]

    def create(self, request):
        edge = self.random.choice(self.edges)
        if self.fault == "edge_decides" and edge["draining"]:
            return  # refused here, but another edge may not know yet
        cell = edge["cell"]
        refuses = not cell.owns or cell.draining
        if self.fault == "edge_decides":
            refuses = False
        if refuses and not (cell.owns and request in cell.keys):
            return  # UNAVAILABLE with RetryInfo; what was answered before may be answered again
        order = cell.keys.get(request)
        if order is None:
            order = f"{request}/{'old' if cell is self.old else 'new'}"
            cell.keys[request] = order
            cell.orders[order] = "under way"
        self.accepted.setdefault(request, set()).add(order)
        if self.random.random() < 0.7:  # else the answer is lost, and the client repeats
            self.told[request] = order

    def client(self):
        if self.random.random() < 0.5 or not self.next_request:
            self.next_request += 1
            self.create(self.next_request)
        else:
            self.create(self.random.randint(1, self.next_request))

    def saga(self):
        under_way = [(cell, order) for cell in (self.old, self.new) for order, state in cell.orders.items()
                     if state == "under way"]
        if under_way:
            cell, order = self.random.choice(under_way)
            cell.orders[order] = "at rest"

    def edge(self):
        self.random.choice(self.edges).update(cell=self.map, draining=self.draining_known)

    def transfer(self):
        self.new.orders.update({order: "at rest" for order, state in self.old.orders.items() if state == "at rest"})
        if self.fault != "keys_left_behind":
            self.new.keys.update(self.old.keys)

    def move(self):
        """The next step of the move, if it may be taken now."""
        if not self.steps:
            return
        step = self.steps[0]
        if step == "rest" and "under way" in self.old.orders.values():
            return
        if step in ("copy", "delta"):
            self.transfer()
        elif step == "drain":
            self.old.draining = self.fault != "edge_decides"
            self.draining_known = True
        elif step == "give_up":
            self.old.owns = False
        elif step == "take_over":
            self.new.owns = True
        elif step == "publish":
            self.map = self.new
        self.steps.pop(0)

    def violations(self):
        """At the end: all edges know the newest map, no saga is under way."""
        found = [f"request {request} became {len(orders)} orders" for request, orders in self.accepted.items()
                 if len(orders) > 1]
        found += [f"order {order} was acknowledged and is not where the map leads" for order in self.told.values()
                  if order not in self.map.orders]
        return found


def play(seed, fault=None, actions=400):
    """One schedule; what it broke. An empty list also says that the move was done."""
    world = World(seed, fault)
    for _ in range(actions):
        world.random.choices((world.client, world.saga, world.edge, world.move), weights=(5, 5, 1, 1))[0]()
    while world.steps:
        world.saga()
        world.move()
    for edge in world.edges:
        edge.update(cell=world.map, draining=False)
    for request in range(1, world.next_request + 1):
        world.create(request)  # every client asks once more
    return world.violations()
