#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the structure of the library: which part includes which, and how long functions and files are.

structure.py [ROOT]   prints what it counted and every violation; exit status 0 if there is none
"""

import re
import sys
from collections import Counter
from pathlib import Path

import cppsource

MAX_FUNCTION_LINES = 45
MAX_FILE_LINES = 500

# The parts of the library, and which others each may include. A public header belongs to the part that implements it;
# one that nothing implements is one of the values.
PROTOCOL = {"protocol", "values"}
LOOP = PROTOCOL | {"loop"}
SOCKET = LOOP | {"socket"}
CONNECTION = SOCKET | {"connection"}
ALLOWED = {
    "values": {"values"},
    "protocol": PROTOCOL,
    "loop": LOOP,
    "socket": SOCKET,
    "connection": CONNECTION,
    "client": CONNECTION | {"client"},
    "server": CONNECTION | {"server"},
}
# These are built on the library as an application is: of it they may include only what is public.
USERS = {"redis", "webchannel", "compat", "qml"}
FOLDERS = {
    "src/protocol": "protocol",
    "src/net/loop": "loop",
    "src/net/socket": "socket",
    "src/net/connection": "connection",
    "src/net/client": "client",
    "src/net/server": "server",
    "src/redis": "redis",
    "src/webchannel": "webchannel",
    "src/compat": "compat",
    "qml": "qml",
}
PUBLIC = "include/WsKit"
NOT_CODE = {"src/doc", "src/cmake", "src/packaging", "src/qtcreator"}


class Structure:
    def __init__(self, root):
        self.root = Path(root)
        self.violations = []  # (file, line, text)
        self.arrows = Counter()  # of (from, to), as parts
        self.edges = {}  # for each file the files that it includes, with the line
        self.functions = []  # (lines, file, function)
        self.sizes = []  # (lines of code, file)
        self.texts = {path: (self.root / path).read_text(encoding="utf-8") for path in self._files()}
        self.parts = self._parts()

    def check(self):
        for path, text in self.texts.items():
            self._check_includes(path, text)
            self._check_functions(path, text)
            if path.startswith("src/"):
                self._check_size(path, text)
        self._check_circles()
        return self.violations

    def _files(self):
        """All C++ below the root, as paths from there. Public headers without an ending are those such as WsOptions."""
        result = []
        for folder in ("src", PUBLIC, "qml"):
            for path in sorted((self.root / folder).rglob("*")):
                name = path.relative_to(self.root).as_posix()
                is_code = path.suffix in (".h", ".cpp") or folder == PUBLIC and path.suffix == ""
                if path.is_file() and is_code and not any(name.startswith(skipped + "/") for skipped in NOT_CODE):
                    result.append(name)
        return result

    def _parts(self):
        implementations = {Path(path).stem: FOLDERS.get(Path(path).parent.as_posix())
                           for path in self.texts if path.startswith("src/") and path.endswith(".cpp")}
        result = {}
        for path in self.texts:
            folder = Path(path).parent.as_posix()
            if folder == PUBLIC:
                result[path] = implementations.get(Path(path).stem.lower()) or "values"
                continue
            parts = [part for name, part in FOLDERS.items() if f"{folder}/".startswith(f"{name}/")]
            if parts:
                result[path] = parts[0]
            else:
                self._violation(path, 1, f"{folder}/ is not one of the parts that {Path(__file__).name} knows")
        return result

    def _violation(self, path, line, text):
        self.violations.append((path, line, text))

    # --- includes

    def _check_includes(self, path, text):
        self.edges[path] = []
        for line, quoted in cppsource.includes(text):
            name = quoted[1:-1]
            target = self._resolve(path, name)
            if target:
                self.edges[path].append((line, target))
                self._check_arrow(path, line, target)
            elif quoted.startswith('"') and not re.search(r"(^|/)moc_|\.moc$", name):
                self._violation(path, line, f"{quoted} is no file of the library")
            elif quoted.startswith("<WsKit/"):
                self._violation(path, line, f"{quoted} is no public header")
            elif self.parts.get(path) in PROTOCOL and re.match(r"Qt|Q[A-Z]|q\w+\.h", name) \
                    and not name.startswith("QtCore/"):
                self._violation(path, line, f"{quoted}: of Qt, {self.parts[path]} may include only <QtCore/...>")

    def _resolve(self, path, name):
        """The file of the tree that an include means, as a compiler finds it."""
        beside = (self.root / path).parent / name
        for candidate in (beside, self.root / "src" / name, self.root / "include" / name, self.root / "qml" / name):
            try:
                relative = candidate.resolve().relative_to(self.root.resolve()).as_posix()
            except ValueError:
                continue
            if relative in self.texts:
                return relative
        return None

    def _check_arrow(self, path, line, target):
        source, end = self.parts.get(path), self.parts.get(target)
        if not source or not end:
            return
        if source != end:
            self.arrows[source, end] += 1
        if not self._is_allowed(source, end, target):
            self._violation(path, line, f"{source} may not include {target}, which is of {end}")

    @staticmethod
    def _is_allowed(source, end, target):
        if source in USERS:
            return source == end or end not in USERS and target.startswith(PUBLIC + "/")
        return end in ALLOWED[source]

    # --- circles: Tarjan's strongly connected components

    def _check_circles(self):
        for group in Components(self.edges).find():
            circle = self._circle_within(group)
            line = self._line_of(circle[0], circle[1])
            self._violation(circle[0], line, "circle of includes: " + " -> ".join(circle))

    def _circle_within(self, group):
        """A shortest way from a file of the group back to itself."""
        start = min(group)
        ways = [[start]]
        seen = set()
        for way in ways:
            for _, target in self.edges[way[-1]]:
                if target == start:
                    return way + [start]
                if target in group and target not in seen:
                    seen.add(target)
                    ways.append(way + [target])
        return [start, start]

    def _line_of(self, path, target):
        return next((line for line, end in self.edges[path] if end == target), 1)

    # --- lengths

    def _check_functions(self, path, text):
        reader = cppsource.FunctionReader(text)
        for function in reader.read():
            self.functions.append((function.lines, path, function))
            if function.lines > MAX_FUNCTION_LINES:
                self._violation(path, function.first, f"{function.name}() has {function.lines} lines, "
                                f"to line {function.last}; {MAX_FUNCTION_LINES} are allowed")
        if reader.error:
            self._violation(path, *reader.error)

    def _check_size(self, path, text):
        lines = cppsource.code_lines(text)
        self.sizes.append((lines, path))
        if lines > MAX_FILE_LINES:
            self._violation(path, 1, f"{lines} lines of code; {MAX_FILE_LINES} are allowed")

    # --- the report

    def report(self):
        includes = sum(len(edges) for edges in self.edges.values())
        print(f"{len(self.texts)} files, {includes} includes among them, {len(self.functions)} functions\n")
        print("Includes from one part to another:")
        for (source, end), number in sorted(self.arrows.items()):
            mark = "" if source in USERS or end in ALLOWED[source] else "   not allowed"
            print(f"  {source:>10} -> {end:<10} {number:4}{mark}")
        print("\nLongest functions:")
        for lines, path, function in sorted(self.functions, key=lambda entry: -entry[0])[:3]:
            print(f"  {lines:4} lines  {function.name}(), {path}:{function.first}-{function.last}")
        print("\nLargest files of src/:")
        for lines, path in sorted(self.sizes, reverse=True)[:3]:
            print(f"  {lines:4} lines of code  {path}")
        print(f"\nViolations: {len(self.violations)}")
        for path, line, text in sorted(self.violations):
            print(f"{path}:{line}: {text}")


class Components:
    """The groups of files that include each other, directly or not."""

    def __init__(self, edges):
        self.edges = edges
        self.numbers = {}
        self.lowest = {}
        self.stack = []
        self.groups = []

    def find(self):
        for path in self.edges:
            if path not in self.numbers:
                self._visit(path)
        return self.groups

    def _visit(self, path):
        self.numbers[path] = self.lowest[path] = len(self.numbers)
        self.stack.append(path)
        targets = [target for _, target in self.edges[path]]
        for target in targets:
            if target not in self.numbers:
                self._visit(target)
                self.lowest[path] = min(self.lowest[path], self.lowest[target])
            elif target in self.stack:
                self.lowest[path] = min(self.lowest[path], self.numbers[target])
        if self.lowest[path] == self.numbers[path]:
            self._take_group(path, includes_itself=path in targets)

    def _take_group(self, path, includes_itself):
        index = self.stack.index(path)
        group = self.stack[index:]
        del self.stack[index:]
        if len(group) > 1 or includes_itself:
            self.groups.append(set(group))


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    structure = Structure(root)
    structure.check()
    structure.report()
    if not structure.functions:
        sys.exit(f"{root}: no functions found")
    sys.exit(1 if structure.violations else 0)


if __name__ == "__main__":
    main()
