#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that Qt Creator understands the presets, and that the first one suits a desktop.

presets.py CMakePresets.json
"""

import json
import sys
from pathlib import Path


def parents(preset):
    inherits = preset.get("inherits", [])
    return [inherits] if isinstance(inherits, str) else inherits


def mistakes(presets):
    found = []
    by_name = {preset["name"]: preset for preset in presets}
    for preset in presets:
        if preset.get("hidden"):
            continue
        known = [preset] + [by_name[name] for name in parents(preset)]
        for name in parents(preset):
            if parents(by_name[name]):
                found.append(f"{preset['name']} inherits {name}, which inherits as well: Qt Creator 9 ignores that")
        for field in ("generator", "binaryDir"):
            if not any(field in one for one in known):
                found.append(f"{preset['name']} has no {field} that Qt Creator 9 finds")
    first = next(preset for preset in presets if not preset.get("hidden"))
    variables = {}
    for one in [by_name[name] for name in reversed(parents(first))] + [first]:
        variables.update(one.get("cacheVariables", {}))
    if variables.get("WSKIT_BUILD_INTEROP", "OFF") != "OFF":
        found.append(f"{first['name']}, the first preset, needs nginx, node and Chromium")
    return found


def main(path):
    found = mistakes(json.loads(Path(path).read_text(encoding="utf-8"))["configurePresets"])
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
