#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What can be said of the recipes for Conan and vcpkg without either: recipes.py CHECKOUT

That they are well-formed, have the version of the project, and set only options that the project has.
"""

import ast
import json
import pathlib
import re
import sys


def main(checkout):
    checkout = pathlib.Path(checkout)
    packaging = checkout / "src/packaging"
    project = (checkout / "CMakeLists.txt").read_text(encoding="utf-8")
    version = re.search(r"project\(WsKit\s+VERSION ([0-9.]+)", project).group(1)
    options = set(re.findall(r"option\((WSKIT_\w+)", project)) | {"BUILD_SHARED_LIBS"}
    problems = []

    manifest = json.loads((packaging / "vcpkg/wskit/vcpkg.json").read_text(encoding="utf-8"))
    if manifest["version"] != version:
        problems.append(f"vcpkg.json has the version {manifest['version']}, the project {version}")
    names = [d if isinstance(d, str) else d["name"] for d in manifest["dependencies"]]
    problems += [f"vcpkg.json: {name} is no name" for name in [manifest["name"], *names]
                 if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)]

    recipe = (packaging / "conan/conanfile.py").read_text(encoding="utf-8")
    for file in packaging.rglob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"), str(file))
    # The same expression as the recipe searches the version with.
    expression = re.search(r're\.search\(r"(.*?)", project\)', recipe).group(1)
    found = re.search(expression, project)
    if not found or found.group(1) != version:
        problems.append("conanfile.py does not find the version")
    port = (packaging / "vcpkg/wskit/portfile.cmake").read_text(encoding="utf-8")
    for name, text in (("conanfile.py", recipe), ("portfile.cmake", port)):
        used = set(re.findall(r"WSKIT_[A-Z]+_[A-Z]+", text))
        if not used or used - options:
            problems.append(f"{name} sets {used - options or 'nothing'}, which is no option")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
