// SPDX-License-Identifier: MIT
#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include <QtCore/QProcessEnvironment>
#include <QtCore/QStringList>
#include <QtNetwork/QHostAddress>

#include <chrono>

// What can be set, each value by one environment variable. The defaults are those of a small server that
// everybody may reach.
struct Configuration
{
    using Subnet = QPair<QHostAddress, int>;

    QList<QHostAddress> addresses{QHostAddress(QHostAddress::LocalHost)};
    quint16 port = 8080;
    int threads = 0;

    QString certificateFile;
    QString keyFile;

    QStringList trustedProxies;
    bool usesProxyProtocol = false;
    QStringList allowedOrigins;
    QStringList allowedHosts;
    QList<Subnet> metricsFrom{QHostAddress::parseSubnet(QStringLiteral("127.0.0.0/8")),
                              QHostAddress::parseSubnet(QStringLiteral("::1/128"))};

    int maxConnections = 2000;
    int maxConnectionsPerAddress = 50;
    int maxMessagesPerSecond = 20;
    int maxBytesPerSecond = 64 * 1024;
    std::chrono::seconds drainTime{20};

    // Reads the variables whose names begin with SERVICE_. Returns what is wrong with them, one text each.
    QStringList read(const QProcessEnvironment &environment);
    // The variables and what they mean, one line each.
    static QString help();
};

#endif // CONFIGURATION_H
