#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is in the Debian packages: check_debs.py FOLDER BUILD

Fails on errors and warnings of lintian, on a file that is missing, in two packages or in the wrong one, on a run path,
on libraries and programs that are not stripped, and if something names the directory BUILD.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# A pattern of a path in each package, below usr/; LIB is the folder of the architecture.
CONTENTS = {
    "libwskit0": ["LIB/libWsKit.so.0", r"LIB/libWsKit.so.0.\d+.\d+"],
    "libwskit-dev": [
        "LIB/libWsKit.so", "LIB/libWsKitQml.so", "LIB/cmake/WsKit/WsKitConfig.cmake",
        "LIB/cmake/WsKit/WsKitQmlTargets.cmake", "LIB/pkgconfig/WsKit.pc", "LIB/qt6/mkspecs/modules/qt_lib_wskit.pri",
        "include/WsKit/WsClient", "include/WsKit/wsclient.h",
        "include/WsKitCompat/QtWebSockets/QWebSocket", "LIB/qt6/mkspecs/modules/qt_lib_wskitcompat.pri"],
    "qml6-module-wskit": [
        "LIB/libWsKitQml.so.0", "LIB/qt6/qml/WsKit/qmldir", "LIB/qt6/qml/WsKit/plugins.qmltypes",
        "LIB/qt6/qml/WsKit/libWsKitQmlPlugin.so"],
    "libwskit-webchannel0": ["LIB/libWsKitWebChannel.so.0"],
    "libwskit-redis0": ["LIB/libWsKitRedis.so.0"],
    "libwskit-compat0": ["LIB/libWsKitCompat.so.0"],
    "wskit-tools": [
        "bin/wskit", "bin/wskit-inspector", "share/applications/wskit-inspector.desktop",
        "share/icons/hicolor/scalable/apps/wskit-inspector.svg", "share/man/man1/wskit-inspector.1.gz"],
    "wskit-examples": [
        "LIB/qt6/examples/wskit/01-echo-server/main.cpp", "LIB/qt6/examples/wskit/shared/tlsoption.h",
        "share/doc/wskit-examples/examples"],
    "wskit-doc": [r".*/wskit\.qch", r".*/wskit-index\.html"],
}
OPTIONAL = {"wskit-doc"}
FOR_ALL = {"wskit-doc"}
# Everything in a package is in one of these folders.
PLACES = {
    "libwskit0": "LIB/libWsKit.so",
    "libwskit-dev": "(include/WsKit(Compat)?/|LIB/(libWsKit[A-Za-z]*.so$|cmake/WsKit/|pkgconfig/WsKit|qt6/mkspecs/modules/)|"
                    "LIB/objects-|share/qtcreator/|LIB/qt6/)",
    "qml6-module-wskit": "LIB/(libWsKitQml.so|qt6/qml/WsKit/)",
    "libwskit-webchannel0": "LIB/libWsKitWebChannel.so",
    "libwskit-redis0": "LIB/libWsKitRedis.so",
    "libwskit-compat0": "LIB/libWsKitCompat.so",
    "wskit-tools": "(bin/|share/(applications|icons|man|bash-completion|zsh|fish|metainfo)/)",
    "wskit-examples": "(LIB/qt6/examples/wskit/|share/doc/wskit-examples/|share/qt6/doc/wskit/examples-manifest.xml)",
    "wskit-doc": "",
}

problems = []


def run(*command, accept=(0,)):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        sys.exit(f"There is no {command[0]}: see tests/packages.txt")
    if done.returncode not in accept:
        problems.append(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Package:
    def __init__(self, path, folder):
        self.path = path
        self.name = self.field("Package")
        self.tree = folder / self.name
        run("dpkg-deb", "--raw-extract", str(path), str(self.tree))
        self.files = sorted(str(file.relative_to(self.tree)) for file in self.tree.rglob("*")
                            if file.is_symlink() or not file.is_dir())
        self.files = [file for file in self.files if not file.startswith("DEBIAN/")]
        self.libdir = "usr/lib/" + run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()

    def field(self, name):
        return run("dpkg-deb", "--field", str(self.path), name).strip()

    def fail(self, text):
        problems.append(f"{self.name}: {text}")

    def pattern(self, text):
        return re.compile(re.sub("LIB", self.libdir, text) if text.startswith("LIB") else
                          "usr/" + text.replace("LIB/", self.libdir[len("usr/"):] + "/"))

    def check(self, build_dir):
        self.check_places()
        self.check_fields()
        for file in self.files:
            path = self.tree / file
            if path.is_symlink():
                continue
            content = path.read_bytes()
            if str(build_dir).encode() in content:
                self.fail(f"{file} names {build_dir}")
            if content.startswith(b"\x7fELF"):
                self.check_program(path)

    def check_places(self):
        for wanted in CONTENTS[self.name]:
            if not any(self.pattern(wanted).fullmatch(file) for file in self.files):
                self.fail(f"no {wanted}")
        own = {f"usr/share/doc/{self.name}/copyright", f"usr/share/doc/{self.name}/changelog.Debian.gz",
               f"usr/share/lintian/overrides/{self.name}"}
        for file in sorted(own - {f"usr/share/lintian/overrides/{self.name}"}):
            if file not in self.files:
                self.fail(f"no {file}")
        for file in self.files:
            if file not in own and not self.pattern(PLACES[self.name]).match(file):
                self.fail(f"{file} belongs elsewhere")

    def check_fields(self):
        if (self.field("Architecture") == "all") != (self.name in FOR_ALL):
            self.fail(f"is for {self.field('Architecture')}")
        version = self.field("Version")
        depends = self.field("Depends").split(", ")
        exact = [f"libwskit0 (= {version})"] if self.name in ("libwskit-dev", "qml6-module-wskit") else []
        if self.name == "libwskit-dev":
            exact += [f"qml6-module-wskit (= {version})", "qt6-base-dev (>= 6.4)"]
        if self.name == "libwskit0":
            exact += ["libqt6network6"]
        for wanted in exact:
            if not any(dependency.startswith(wanted) for dependency in depends):
                self.fail(f"does not depend on {wanted}, but on {depends}")
        control = {file.name for file in (self.tree / "DEBIAN").iterdir()}
        if self.name.startswith("lib") and self.name != "libwskit-dev" or self.name.startswith("qml"):
            for file in ("triggers", "shlibs"):
                if file not in control:
                    self.fail(f"no {file}")

    def check_program(self, path):
        headers = run("readelf", "--dynamic", "--sections", "--wide", str(path))
        if re.search(r"\((RPATH|RUNPATH)\)", headers):
            self.fail(f"{path.name} has a run path")
        if re.search(r"\.(symtab|debug_info)\s", headers):
            self.fail(f"{path.name} is not stripped")


def main(folder, build_dir):
    debs = sorted(pathlib.Path(folder).glob("*.deb"))
    with tempfile.TemporaryDirectory() as scratch:
        packages = [Package(deb, pathlib.Path(scratch)) for deb in debs]
        names = [package.name for package in packages]
        missing = set(CONTENTS) - OPTIONAL - set(names)
        unknown = set(names) - set(CONTENTS)
        if missing or unknown or len(names) != len(set(names)):
            sys.exit(f"{folder}: missing packages {missing}, unknown ones {unknown}, all: {names}")
        owner = {}
        for package in packages:
            package.check(build_dir)
            for file in package.files:
                if file in owner:
                    package.fail(f"{file} is in {owner[file]} too")
                owner[file] = package.name
    lintian = run("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0",
                  *map(str, debs))
    if problems:
        sys.exit("\n".join(problems))
    print(lintian + f"{len(names)} packages are as they should be: {', '.join(names)}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
