#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ABI of the shared libraries: what programs that are already built depend on.

abi.py check LIBRARY BASELINE HEADERS   fails if a public symbol or type of the baseline is gone or has changed
abi.py renew LIBRARY BASELINE HEADERS   writes the baseline
abi.py exports LIBRARY HEADERS          fails if a symbol is exported that belongs to no class of the headers

Uses abidw and abidiff (libabigail) on a library with debugging information. A baseline contains the exported symbols
and the layout of this project's own types. Types of Qt and of the standard library are only named in it: their layout
is a matter of those libraries, and most of a megabyte.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

ADVICE = """
This change breaks programs that were built against {name}. If it is meant to:
  1. Raise WSKIT_SOVERSION in the top CMakeLists.txt, unless it has been raised since the last release.
  2. Build the target renew_abi, which writes the baselines, and commit them.
A private function that no inline function calls can be changed with the second step alone.
"""
RENEW = "To write the baseline, build the target renew_abi: cmake --build --preset dev --target renew_abi"


def fail(text):
    print(text)
    sys.exit(1)


def run(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        fail(f"There is no {command[0]}: it is in Debian's package abigail-tools or binutils")
    return done.returncode, done.stdout


# The names of this project's classes, also of those that are called as Qt calls them.
OWN = r"(?:Ws|QWebSocket|QMaskGenerator)\w*"


def is_own(name):
    return re.match(OWN, name) is not None


CONTAINERS = ("class-decl", "union-decl", "enum-decl")


class Filter:
    """Keeps the functions, the variables, the own types, and of other types what those mention."""

    def __init__(self, root):
        self.root = root
        self.types = {}  # by id: the element, and the types that contain it
        self.own = {}  # whether a type is one of this project
        self.wanted = set()
        for unit in root.findall("abi-instr"):
            self.register(unit, [])

    def register(self, element, parents, outermost=""):
        identifier = element.get("id")
        if identifier:
            # The definition rather than one of the declarations.
            if identifier not in self.types or self.types[identifier][0].get("is-declaration-only"):
                self.types[identifier] = (element, parents)
            parents = parents + [identifier]
        if element.tag in ("namespace-decl", *CONTAINERS):
            outermost = outermost or element.get("name", "")
            self.own[element] = is_own(outermost)
        for child in element:
            self.register(child, parents, outermost)

    def is_foreign(self, element):
        return element.tag in CONTAINERS and not self.own[element]

    def want(self, element):
        """Marks what the element mentions, without the contents of foreign types."""
        if element.get("id"):
            self.wanted.add(element.get("id"))
            if self.is_foreign(element):
                return
        for key in ("type-id", "naming-typedef-id", "method-class-id"):
            self.want_type(element.get(key))
        for child in element:
            self.want(child)

    def want_type(self, identifier):
        if identifier and identifier not in self.wanted and identifier in self.types:
            element, parents = self.types[identifier]
            self.wanted.update(parents)
            self.want(element)

    def roots(self, element):
        for child in element:
            if child.tag in ("namespace-decl", "abi-instr"):
                yield from self.roots(child)
            elif child.get("elf-symbol-id") or self.own.get(child):
                yield child

    def prune(self, element):
        for child in list(element):
            if child.tag in ("function-decl", "var-decl") and child.get("elf-symbol-id"):
                continue
            if child.tag == "member-type":
                if child[0].get("id") not in self.wanted:
                    element.remove(child)
                    continue
                self.prune(child)
            elif child.get("id"):
                if child.get("id") not in self.wanted:
                    element.remove(child)
                elif self.is_foreign(child):
                    self.empty(child)
                elif child.tag == "class-decl":
                    self.prune(child)
            elif child.tag in ("namespace-decl", "abi-instr"):
                self.prune(child)
                if len(child) == 0:
                    element.remove(child)

    def empty(self, element):
        """Of a foreign type only the name is left, and the nested types that are mentioned."""
        for child in list(element):
            if child.tag != "member-type":
                if element.tag != "enum-decl" or child.tag == "enumerator":
                    element.remove(child)
        for key in ("size-in-bits", "alignment-in-bits"):
            element.attrib.pop(key, None)
        if element.tag != "enum-decl":
            element.set("is-declaration-only", "yes")
        self.prune(element)

    def apply(self):
        for child in list(self.roots(self.root)):
            self.want(child)
        self.prune(self.root)


def dump(library, headers, result):
    status, output = run("abidw", "--headers-dir", headers, "--drop-private-types", "--exported-interfaces-only",
                         "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed",
                         "--no-parameter-names", "--drop-undefined-syms", "--no-write-default-sizes",
                         "--type-id-style", "hash", "--out-file", result, library)
    if status != 0:
        fail(f"abidw failed on {library}:\n{output}")
    tree = ET.parse(result)
    symbols = len(list(tree.getroot().iter("elf-symbol")))
    functions = [f for f in tree.getroot().iter("function-decl") if f.get("elf-symbol-id")]
    if not functions:
        fail(f"{library} has {symbols} symbols, but no debugging information that describes them")
    Filter(tree.getroot()).apply()
    for unit in tree.getroot().findall("abi-instr"): # a compiler cache decides whether it is relative
        unit.set("path", pathlib.PurePath(unit.get("path")).name)
    ET.indent(tree, " ")
    tree.write(result)


def renew(library, baseline, headers):
    dump(library, headers, baseline)
    print(f"{baseline}: {pathlib.Path(baseline).stat().st_size // 1024} KiB")


def check(library, baseline, headers):
    if not pathlib.Path(baseline).exists():
        fail(f"There is no {baseline}. {RENEW}")
    with tempfile.NamedTemporaryFile(suffix=".abi") as now:
        dump(library, headers, now.name)
        # New symbols break nobody.
        status, output = run("abidiff", "--no-added-syms", "--no-default-suppression", baseline, now.name)
        before, after = (ET.parse(file).getroot().get("soname") for file in (baseline, now.name))
    if status & 3:
        fail(f"abidiff failed:\n{output}")
    if before != after:
        fail(f"The library is {after}, the baseline is of {before}. {RENEW}")
    if status:
        fail(readable(output) + ADVICE.format(name=after))
    print(f"{after} has everything that its baseline has")


def readable(text):
    return subprocess.run(["c++filt"], input=text, stdout=subprocess.PIPE, text=True, check=True).stdout


def public_names(headers):
    names = set()
    for header in sorted(pathlib.Path(headers).glob("*.h")):
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.DOTALL)
        names.update(re.findall(r"^\s*(?:class|struct|namespace)\s+(?:Q_\w+\s+|WSKIT_\w*EXPORT\s+)?(" + OWN + ")[^;]*?{",
                                text, flags=re.MULTILINE))
    return names


def exports(library, headers):
    status, output = run("nm", "--dynamic", "--defined-only", "--demangle", "--without-symbol-versions", library)
    if status:
        fail(output)
    names = public_names(headers)
    # Of type A are the names of versions.
    symbols = [name for _, kind, name in (line.split(maxsplit=2) for line in output.splitlines()) if kind != "A"]
    strangers = []
    for symbol in symbols:
        subject = re.sub(r"^(vtable for|typeinfo for|typeinfo name for|(non-)?virtual thunk to) ", "", symbol)
        owner = re.match(OWN, subject)
        if owner:
            is_public = owner.group() in names
        else:
            is_public = subject.startswith("operator") and names.intersection(re.findall(r"\b" + OWN, subject))
        if not is_public and symbol != "qml_register_types_WsKit()":
            strangers.append(symbol)
    if strangers or not symbols:
        fail(f"{library} exports {len(symbols)} symbols. Of no public class are:\n" + "\n".join(strangers) +
             "\nThe exports.map of the library decides what is exported")
    print(f"{library}: {len(symbols)} symbols, all of {len(names)} public classes")


COMMANDS = {"check": (check, 3), "renew": (renew, 3), "exports": (exports, 2)}

if __name__ == "__main__":
    command, count = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, -1))
    if len(sys.argv) != count + 2:
        print(__doc__)
        sys.exit(2)
    command(*sys.argv[2:])
