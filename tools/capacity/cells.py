"""Which cell a customer and an order belong to: slots, and a map of slots that is stored and has versions.

A customer's slot is a hash of their id, for good. A slot's cell is looked up in the map; rendezvous hashing proposes it,
so that a new cell takes its share and nobody else moves. An order's id holds its slot, so it needs no directory.
"""

import functools
import hashlib
import math
import uuid
from dataclasses import dataclass

SLOTS = 2**14  # the bits that a version 7 UUID has behind its variant (RFC 9562, rand_b), as `clock_seq`


def slot_of_customer(customer_id):
    return int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:2], "big") % SLOTS


def order_id(slot, time_ms, random_bits):
    """A version 7 UUID that holds the slot: 48 bits of time, 12 and 48 bits for counter and chance."""
    value = (time_ms & (2**48 - 1)) << 80 | 0x7 << 76 | (random_bits >> 48 & 0xFFF) << 64
    return uuid.UUID(int=value | 0b10 << 62 | slot << 48 | random_bits & (2**48 - 1))


def slot_of_order(order):
    return order.clock_seq


@functools.cache
def _chances(cell):
    """Of each slot a number that is exponentially distributed, always the same."""
    digests = (hashlib.sha256(f"{slot}/{cell}".encode()).digest() for slot in range(SLOTS))
    return tuple(-math.log((int.from_bytes(digest[:7], "big") + 1) / (2**56 + 1)) for digest in digests)


def score(slot, cell, weight=1.0):
    """Rendezvous hashing with weights: the cell with the highest score has the slot."""
    return weight / _chances(cell)[slot]


def proposed(slot, cells):
    return max(cells, key=lambda cell: score(slot, cell, cells[cell]))


@dataclass(frozen=True)
class SlotMap:
    """What edges and cells are told. A change is a new version."""

    version: int
    cells: dict  # name to weight
    cell_of: tuple  # by slot

    def of_customer(self, customer_id):
        return self.cell_of[slot_of_customer(customer_id)]

    def of_order(self, order):
        return self.cell_of[slot_of_order(order)]

    def slots_of(self, cell):
        return [slot for slot, owner in enumerate(self.cell_of) if owner == cell]


def new_map(cells):
    return SlotMap(1, dict(cells), tuple(proposed(slot, cells) for slot in range(SLOTS)))


def with_cell(current, cell, weight=1.0):
    """Also this cell: it takes the slots for which it scores highest; no others move."""
    cells = {**current.cells, cell: weight}
    moved = tuple(cell if proposed(slot, cells) == cell else owner for slot, owner in enumerate(current.cell_of))
    return SlotMap(current.version + 1, cells, moved)


def without_cell(current, cell):
    """An evacuated cell's slots go to whom rendezvous hashing proposes among the others; no others move."""
    cells = {name: weight for name, weight in current.cells.items() if name != cell}
    moved = tuple(proposed(slot, cells) if owner == cell else owner for slot, owner in enumerate(current.cell_of))
    return SlotMap(current.version + 1, cells, moved)


def moved_share(before, after):
    return sum(old != new for old, new in zip(before.cell_of, after.cell_of)) / SLOTS


def zipf_total(skew, first, last):
    """Sum of k^-skew for k from first to last: exactly at the beginning, as an integral behind it."""
    exact = min(last, first + 999)
    total = sum(k**-skew for k in range(first, exact + 1))
    if last > exact:
        low, high = exact + 0.5, last + 0.5
        total += math.log(high / low) if skew == 1 else (high**(1 - skew) - low**(1 - skew)) / (1 - skew)
    return total


@functools.cache
def _slots_of_heaviest(count):
    return tuple(slot_of_customer(f"customer-{k}") for k in range(1, count + 1))


def slot_loads(customers, skew, orders, share_cap=math.inf, heaviest=50_000):
    """Orders a second of each slot when customer k orders in proportion to k^-skew: the heaviest customers one by one,
    at most share_cap each, the others (so many small ones) alike over the slots."""
    unit = orders / zipf_total(skew, 1, customers)
    heaviest = min(heaviest, customers)
    rest = unit * zipf_total(skew, heaviest + 1, customers) if customers > heaviest else 0.0
    loads = [rest / SLOTS] * SLOTS
    for k, slot in enumerate(_slots_of_heaviest(heaviest), start=1):
        loads[slot] += min(unit * k**-skew, share_cap)
    return loads


def cell_loads(current, loads):
    result = dict.fromkeys(current.cells, 0.0)
    for slot, owner in enumerate(current.cell_of):
        result[owner] += loads[slot]
    return result


def imbalance(by_cell):
    """The fullest cell over the average one."""
    return max(by_cell.values()) * len(by_cell) / sum(by_cell.values())


def rebalanced(current, loads, tolerance=0.02):
    """The map's next version: slots by hand from the fullest cell to the emptiest, the largest that fits first, until no
    cell has more than the tolerance above the average or nothing fits any more."""
    by_cell = cell_loads(current, loads)
    average = sum(by_cell.values()) / len(by_cell)
    cell_of, slots = list(current.cell_of), {cell: current.slots_of(cell) for cell in current.cells}
    while True:
        full, empty = max(by_cell, key=by_cell.get), min(by_cell, key=by_cell.get)
        room = min(by_cell[full] - average, average - by_cell[empty])
        slot = max((slot for slot in slots[full] if 0 < loads[slot] <= room), key=loads.__getitem__, default=None)
        if by_cell[full] <= average * (1 + tolerance) or slot is None:
            return SlotMap(current.version + 1, current.cells, tuple(cell_of))
        cell_of[slot] = empty
        slots[full].remove(slot)
        slots[empty].append(slot)
        by_cell[full] -= loads[slot]
        by_cell[empty] += loads[slot]
