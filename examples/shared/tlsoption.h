// SPDX-License-Identifier: MIT
#ifndef TLSOPTION_H
#define TLSOPTION_H

#include <QtCore/qcommandlineoption.h>
#include <QtCore/qstringlist.h>
#include <QtNetwork/qsslconfiguration.h>

#include <optional>

// The command-line option `--tls CERT KEY`. QCommandLineParser knows options with one value only, so
// splitTlsValues() turns the arguments into `--tls CERT --tls KEY` before they are parsed.
QCommandLineOption tlsOption();
QStringList splitTlsValues(QStringList arguments);

// The configuration of a server with the certificate chain and the private key (RSA or elliptic curve) in
// these two PEM files; without a value `error` tells which of them is amiss.
std::optional<QSslConfiguration> loadTlsFiles(const QStringList &values, QString *error);

#endif // TLSOPTION_H
