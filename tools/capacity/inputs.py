"""What the calculation starts from: measured costs (measured.toml) and the plan with its assumptions (plan.toml)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MEASURED, ASSUMED = "measured", "assumed"


@dataclass(frozen=True)
class Cost:
    """Costs of one kind, by what they are spent on or in."""

    values: dict
    status: str
    where: str

    @property
    def total(self):
        return sum(self.values.values())

    def of(self, prefix):
        """The sum of the entries named so, and of those below: of("postgres") has "postgres.orders"."""
        found = [value for name, value in self.values.items() if name == prefix or name.startswith(prefix + ".")]
        if not found:
            raise KeyError(prefix)
        return sum(found)


@dataclass(frozen=True)
class Entry:
    """One line of the plan."""

    value: float
    unit: str
    why: str


class Inputs:
    """Costs by name; the plan's values as inputs.plan("limits.log_syncs")."""

    def __init__(self, costs, entries):
        self.costs = costs
        self.entries = entries

    def cost(self, name):
        return self.costs[name]

    def plan(self, name):
        return self.entries[name].value

    def with_plan(self, **values):
        """The same with other values; names with __ for the dot."""
        entries = dict(self.entries)
        for name, value in values.items():
            old = entries[name.replace("__", ".")]
            entries[name.replace("__", ".")] = Entry(value, old.unit, old.why)
        return Inputs(self.costs, entries)


def read_costs(text):
    costs = {}
    for name, table in tomllib.loads(text).items():
        cost = Cost(table.pop("values"), table.pop("status"), table.pop("where"))
        if table:
            raise ValueError(f"{name}: unknown {', '.join(table)}")
        if cost.status not in (MEASURED, ASSUMED) or not cost.where:
            raise ValueError(f"{name}: says neither that and where it was measured, nor that it is assumed and why")
        if not cost.values or any(value < 0 for value in cost.values.values()):
            raise ValueError(f"{name}: no value, or a negative one")
        costs[name] = cost
    return costs


def read_plan(text):
    entries = {}
    for group, lines in tomllib.loads(text).items():
        for name, line in lines.items():
            entries[f"{group}.{name}"] = Entry(line["value"], line["unit"], line["why"])
    shares = sum(entry.value for name, entry in entries.items() if name.startswith("mix."))
    if abs(shares - 1) > 1e-9:
        raise ValueError(f"the shares of the mix add up to {shares}")
    return entries


def load():
    return Inputs(read_costs((FOLDER / "measured.toml").read_text(encoding="utf-8")),
                  read_plan((FOLDER / "plan.toml").read_text(encoding="utf-8")))
