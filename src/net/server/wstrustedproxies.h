// SPDX-License-Identifier: MIT
#ifndef WSTRUSTEDPROXIES_H
#define WSTRUSTEDPROXIES_H

#include <QtCore/qlist.h>
#include <QtCore/qpair.h>
#include <QtCore/qstringlist.h>
#include <QtNetwork/qhostaddress.h>

// Which peers are trusted to say whom they connect for, from a list of addresses, subnets and "unix:".
class WsTrustedProxies
{
public:
    WsTrustedProxies() = default;
    // Entries that cannot be used trust nobody, and make up the \a problems.
    explicit WsTrustedProxies(const QStringList &entries, QStringList *problems = nullptr);

    // Whether a peer is one of them, which has connected to a local socket or is at \a address.
    bool contains(const QHostAddress &address, bool isLocal) const;

private:
    QString add(const QString &entry);

    QList<QPair<QHostAddress, int>> m_subnets;
    bool m_containsLocal = false;
};

#endif // WSTRUSTEDPROXIES_H
