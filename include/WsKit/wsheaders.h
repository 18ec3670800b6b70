// SPDX-License-Identifier: MIT
#ifndef WSHEADERS_H
#define WSHEADERS_H

#include <QtCore/qbytearray.h>
#include <QtCore/qlist.h>
#include <QtCore/qpair.h>

using WsHeaders = QList<QPair<QByteArray, QByteArray>>;

// Functions for QHttpHeaders are templates, so that the class itself need not be known, braces still make a
// WsHeaders, and the library is the same with every Qt.
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0) || defined(Q_QDOC)
#define WSKIT_HAS_HTTPHEADERS
#include <type_traits>

QT_BEGIN_NAMESPACE
class QHttpHeaders;
QT_END_NAMESPACE

template <typename Headers>
using WsIfHttpHeaders = std::enable_if_t<std::is_same_v<Headers, QHttpHeaders>, bool>;
#endif

#endif // WSHEADERS_H
