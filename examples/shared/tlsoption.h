// SPDX-License-Identifier: MIT
#ifndef TLSOPTION_H
#define TLSOPTION_H

#include <QtCore/qcommandlineoption.h>
#include <QtCore/qstringlist.h>

class WsServer;

// The command-line option `--tls CERT KEY`. QCommandLineParser knows options with one value only, so
// splitTlsValues() turns the arguments into `--tls CERT --tls KEY` before they are parsed.
QCommandLineOption tlsOption();
QStringList splitTlsValues(QStringList arguments);

// Has the server speak TLS with the two files that were given, if any were. Returns an empty text, or what is
// wrong with them.
QString applyTlsOption(const QStringList &values, WsServer *server);

#endif // TLSOPTION_H
