# SPDX-License-Identifier: MIT
"""What comes out: rows of samples, as tables and as JSON."""

import datetime
import json
import platform
import statistics
from dataclasses import dataclass, field

from works import Table


@dataclass
class Row:
    name: str
    table: Table
    samples: dict[str, list[float]] = field(default_factory=dict)  # of each peer, in the order of the peers

    def median(self, name):
        return statistics.median(self.samples[name]) if self.samples.get(name) else None


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(row, name, reference):
    median = row.median(name)
    if median is None:
        return ""
    other = row.median(reference)
    return f"{number(median)} ({median / other:.2f})" if other else number(median)


def print_table(table, rows, names, reference):
    reference = table.reference or reference
    names = [name for name in names if any(row.samples.get(name) for row in rows)]
    has_ratios = any(row.samples.get(reference) for row in rows)
    lines = [[table.heading + (f" (ratio to {reference})" if has_ratios else ""), *names]]
    lines += [[row.name, *[cell(row, name, reference) for name in names]] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |")


def print_tables(rows, names, reference):
    for index, table in enumerate(dict.fromkeys(row.table for row in rows)):
        if index > 0:
            print()
        print_table(table, [row for row in rows if row.table == table], names, reference)


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return models[0] if models else platform.machine()


def as_json(rows, reference):
    return [
        {
            "name": row.name,
            "unit": row.table.heading,
            "reference": row.table.reference or reference,
            "samples": row.samples,
        }
        for row in rows
    ]


def write_json(path, rows, reference):
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": {"processor": processor(), "kernel": platform.release()},
        "rows": as_json(rows, reference),
    }
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
