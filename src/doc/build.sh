#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build.sh [FOLDER]: the documentation as HTML, FOLDER/wskit/wskit-index.html, and as a file for the help of Qt Creator,
# FOLDER/wskit.qch; FOLDER is build/doc unless given. Fails on every warning of qdoc, but for the indexes of Qt's own
# documentation, without which names of Qt's classes are not links. The target docs of CMake runs this.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "${1:-$root/build/doc}"
BUILDDIR=$(cd "${1:-$root/build/doc}" && pwd)
qmake=${QMAKE:-qmake6}
cd "$root"

query() { "$qmake" -query "$1"; }

tool() { # in one of these folders, by the version of Qt
    local name folder
    for name in HOST_LIBEXECS HOST_BINS INSTALL_LIBEXECS; do # Debian's qmake for cross building knows the last
        folder=$(query "QT_$name")
        [ -x "$folder/$1" ] && echo "$folder/$1" && return
    done
    echo "$1 is missing (Debian: qt6-documentation-tools)" >&2
    exit 1
}

headers=$(query QT_INSTALL_HEADERS)
QT_INSTALL_DOCS=$(query QT_INSTALL_DOCS)
QT_VERSION=$(query QT_VERSION)
QT_VER=${QT_VERSION%.*}
QT_VERSION_TAG=${QT_VERSION//./}
WSKIT_VERSION=$(sed -n '/^project(WsKit/,/)/s/.*VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
WSKIT_VERSION_TAG=${WSKIT_VERSION//./}
export QT_INSTALL_DOCS QT_VERSION QT_VER QT_VERSION_TAG WSKIT_VERSION WSKIT_VERSION_TAG BUILDDIR
qdoc=$(tool qdoc)
qhelpgenerator=$(tool qhelpgenerator)

html=$BUILDDIR/wskit
rm -rf "$html" "$BUILDDIR/wskit.qch"
mkdir -p "$html/images"
includes=(-I include -I qml -I "$headers")
for module in QtCore QtNetwork QtWebChannel QtQml QtQmlIntegration; do
    includes+=(-I "$headers/$module")
done
"$qdoc" --outputdir "$html" --indexdir "$QT_INSTALL_DOCS" "${includes[@]}" src/doc/wskit.qdocconf 2>&1 |
    tee "$BUILDDIR/qdoc.log"
if grep 'warning:' "$BUILDDIR/qdoc.log" | grep --invert-match --quiet 'Cannot locate index file'; then
    echo "there are warnings" >&2
    exit 1
fi
python3 -B src/doc/links.py "$html"
# The pictures of the examples, for the Welcome mode of Qt Creator.
for picture in examples/[0-9]*/screenshot.png; do
    name=$(basename "$(dirname "$picture")").png
    cp "$picture" "$html/images/$name"
    sed -i "s|^\( *\)</files>|\1    <file>images/$name</file>\n&|" "$html/wskit.qhp"
done
"$qhelpgenerator" -s "$html/wskit.qhp" -o "$BUILDDIR/wskit.qch"
mv "$html/wskit.qhp" "$BUILDDIR"
echo "$html/wskit-index.html"
