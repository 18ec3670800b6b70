#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The reference as HTML and as a file for Qt Creator's help, in build/doc/html. Fails on every warning of qdoc, but
# for the indexes of Qt's own documentation, without which names of Qt's classes are not links.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
headers=$(qmake6 -query QT_INSTALL_HEADERS)
QT_INSTALL_DOCS=$(qmake6 -query QT_INSTALL_DOCS)
QT_VERSION=$(qmake6 -query QT_VERSION)
QT_VER=${QT_VERSION%.*}
QT_VERSION_TAG=${QT_VERSION//./}
WSKIT_VERSION=$(sed -n '/^project(WsKit/,/)/s/.*VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
WSKIT_VERSION_TAG=${WSKIT_VERSION//./}
BUILDDIR=$PWD/build/doc
export QT_INSTALL_DOCS QT_VERSION QT_VER QT_VERSION_TAG WSKIT_VERSION WSKIT_VERSION_TAG BUILDDIR

rm -rf build/doc
mkdir -p build/doc/html
"$(qmake6 -query QT_INSTALL_BINS)/qdoc" --outputdir "$BUILDDIR/html" --indexdir "$QT_INSTALL_DOCS" \
    -I include -I "$headers" -I "$headers/QtCore" -I "$headers/QtNetwork" -I "$headers/QtWebChannel" -I "$headers/QtQml" -I "$headers/QtQmlIntegration" -I qml src/doc/wskit.qdocconf 2>&1 |
    tee build/doc/qdoc.log
if grep 'warning:' build/doc/qdoc.log | grep --invert-match --quiet 'Cannot locate index file'; then
    echo "there are warnings" >&2
    exit 1
fi
echo "build/doc/html/wskit-index.html"
