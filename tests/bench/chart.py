#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the medians of a result of bench.py as SVG: a panel for each row, a bar for each peer.

chart.py RESULT.json CHART.svg [NAME...]: the rows whose names begin with one of these, or all but the binary ones.
"""

import json
import pathlib
import statistics
import sys
from xml.sax.saxutils import escape

COLUMNS = 3
PANEL_WIDTH = 300
GAP = 24
NAME_WIDTH = 90
NUMBER_WIDTH = 52
BAR_STEP = 17
BAR_HEIGHT = 11
TITLE_HEIGHT = 40
FLOORS = ("qtcpsocket", "epoll", "qsslsocket", "zlib")

# The page's own colours where it is dark; the background is the page's.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.unit { fill: #59636e }
.ours { fill: #1a7f37 }
.other { fill: #8c959f }
.floor { fill: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .unit { fill: #9198a1 }
  .ours { fill: #3fb950 }
  .other { fill: #656c76 }
  .floor { fill: #3d444d }
}
"""


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def text(x, y, content, kind="", anchor="start"):
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{kind}>{escape(content)}</text>'


def kind_of(name):
    return "ours" if name.startswith("wskit") else "floor" if name in FLOORS else "other"


def bar(x, y, name, value, longest):
    room = PANEL_WIDTH - NAME_WIDTH - NUMBER_WIDTH
    width = max(room * value / longest, 1)
    left = x + NAME_WIDTH
    return [
        text(left - 6, y + BAR_HEIGHT - 1, name, anchor="end"),
        f'<rect x="{left:.0f}" y="{y:.0f}" width="{width:.1f}" height="{BAR_HEIGHT}" rx="2" class="{kind_of(name)}"/>',
        text(left + width + 5, y + BAR_HEIGHT - 1, number(value), "unit"),
    ]


def panel(x, y, row):
    medians = {name: statistics.median(samples) for name, samples in row["samples"].items() if samples}
    longest = max(medians.values()) or 1
    parts = [text(x, y + 12, row["name"], "title"), text(x, y + 27, row["unit"], "unit")]
    for index, (name, value) in enumerate(medians.items()):
        parts += bar(x, y + TITLE_HEIGHT + index * BAR_STEP, name, value, longest)
    return parts


def panel_height(row):
    return TITLE_HEIGHT + BAR_STEP * sum(1 for samples in row["samples"].values() if samples)


def draw(rows):
    parts = []
    y = GAP
    for first in range(0, len(rows), COLUMNS):
        line = rows[first:first + COLUMNS]
        for column, row in enumerate(line):
            parts += panel(GAP + column * (PANEL_WIDTH + GAP), y, row)
        y += max(panel_height(row) for row in line) + GAP
    width = GAP + min(COLUMNS, len(rows)) * (PANEL_WIDTH + GAP)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def drawn_by_default(rows):
    """Binary messages cost much the same as text, and the rate of handshakes tells what their cost does."""
    return [row for row in rows if not row["name"].endswith("binary") and row["unit"] != "opening handshakes a second"]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    rows = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))["rows"]
    names = sys.argv[3:]
    drawn = [row for row in rows if any(row["name"].startswith(name) for name in names)] or drawn_by_default(rows)
    pathlib.Path(sys.argv[2]).write_text(draw(drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
