// SPDX-License-Identifier: MIT
#ifndef TLSOPTION_H
#define TLSOPTION_H

#include <QtCore/qcommandlineoption.h>
#include <QtCore/qstringlist.h>

class WsServer;

// The command-line option `--tls CERT KEY`. QCommandLineParser only supports options with one value, so
// splitTlsValues() turns the arguments into `--tls CERT --tls KEY` before they are parsed.
QCommandLineOption tlsOption();
QStringList splitTlsValues(QStringList arguments);

// Makes the server use TLS with the two files, if they were given. Returns an empty text, or what is wrong
// with them.
QString applyTlsOption(const QStringList &values, WsServer *server);

#endif // TLSOPTION_H
