"""The plan as a whole: how many cells, of what size."""

from dataclasses import dataclass

import limits
import model


@dataclass(frozen=True)
class Plan:
    cells: int
    reasons: dict  # what asks for how many cells
    cell_orders_max: float  # orders a second that one cell may take
    cell_limit: limits.Limit  # what says so
    one: model.Cell  # built for the peak while as many cells are away as planned
    peak: float  # requests of one cell at the peak, all cells there
    average: float

    def machines(self, inputs):
        return sum(count for _, count, _, _ in model.machines(inputs, self.one, self.cells))

    def cores(self, inputs):
        return sum(count * cores for _, count, cores, _ in model.machines(inputs, self.one, self.cells))


def made(inputs):
    orders_max, limit = limits.cell_orders_max(inputs)
    reasons = model.cells_needed(inputs, orders_max)
    cells = max(reasons.values())
    peak, average = inputs.plan("workload.requests_peak"), inputs.plan("workload.requests_average")
    one = model.cell(inputs, peak / (cells - inputs.plan("cells.cells_away")) * inputs.plan("cells.imbalance_max"))
    return Plan(cells, reasons, orders_max, limit, one, peak / cells, average / cells)
