// SPDX-License-Identifier: MIT
#ifndef WSREDISADDRESS_H
#define WSREDISADDRESS_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

QT_BEGIN_NAMESPACE
class QUrl;
QT_END_NAMESPACE

// Where a Redis is, and how to log in there, as a URL says it:
//
//     redis://[[user]:password@]host[:port][/database]
//     rediss://…                                           with TLS
//     unix://[[user]:password@]/path/to/socket[?db=database], and redis+unix: for the same
struct WsRedisAddress
{
    QString problem; // if not empty, nothing else is meant
    QString shown;   // the URL without login, query and fragment
    QString host;
    int port = 6379;
    QString localPath; // instead of host and port
    QByteArray user;
    QByteArray password;
    int database = 0;
    bool isTls = false;

    static WsRedisAddress of(const QUrl &url);
};

#endif // WSREDISADDRESS_H
