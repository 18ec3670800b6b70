#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what the Welcome mode of Qt Creator shows of the installed examples, and opens each as Qt Creator does if the
examples are not writable: from a copy, which contains what the manifest names as dependencies.

manifest.py EXAMPLES MANIFEST INSTALLED COPIES CMAKE [OPTION...]
"""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree


def mistakes(source, manifest, installed):
    found = []
    named = set()
    for example in ElementTree.parse(manifest).iter("example"):
        name, project = example.get("name"), Path(example.get("projectPath"))
        named.add(project.parent.name)
        files = [project] + [Path(one.text) for one in example.iter("fileToOpen")]
        files += [Path(one.text) for one in example.iter("dependency")]
        found += [f"{name}: {file} is not installed" for file in files if not (installed / file).exists()]
        if not any(one.get("mainFile") == "true" for one in example.iter("fileToOpen")):
            found.append(f"{name}: no main file")
        for field in ("description", "tags"):
            if not (example.findtext(field) or "").strip():
                found.append(f"{name}: no {field}")
        if not example.get("imageUrl", "").endswith(f"/images/{project.parent.name}.png"):
            found.append(f"{name}: its picture is not that of {project.parent.name}")
    numbered = {path.parent.name for path in source.glob("[0-9]*/CMakeLists.txt")}
    found += [f"{name} is missing in {manifest}" for name in sorted(numbered - named)]
    found += [f"{name} has no screenshot.png" for name in sorted(numbered)
              if not (source / name / "screenshot.png").exists()]
    return found


def copy(example, installed, copies):
    project = installed / Path(example.get("projectPath")).parent
    target = copies / project.name
    shutil.copytree(project, target)
    for dependency in example.iter("dependency"):
        shutil.copytree(installed / dependency.text, target / Path(dependency.text).name)
    return target


def main(source, manifest, installed, copies, cmake, *options):
    source, installed, copies = Path(source), Path(installed), Path(copies)
    found = mistakes(source, manifest, installed)
    if not found:
        shutil.rmtree(copies, ignore_errors=True)
        for example in ElementTree.parse(manifest).iter("example"):
            target = copy(example, installed, copies)
            command = [cmake, "-S", target, "-B", copies / f"build-{target.name}", *options]
            if subprocess.run(command, check=False).returncode:
                found.append(f"{example.get('name')} cannot be configured from a copy")
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
