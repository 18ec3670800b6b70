// SPDX-License-Identifier: MIT
#ifndef FAKERESOLVER_H
#define FAKERESOLVER_H

#include "net/socket/wslookup.h"

#include <QtCore/qhash.h>
#include <QtCore/qlist.h>
#include <QtCore/qmutex.h>

// As long as it lives, hosts have the addresses that the test gives them. One at a time.
class FakeResolver
{
public:
    FakeResolver()
    {
        WsLookup::replaceResolver([this](const std::shared_ptr<WsLookup> &lookup) {
            const QMutexLocker locker(&m_mutex);
            if (const auto found = m_addresses.constFind(lookup->host()); found != m_addresses.cend())
                lookup->finish(resultOf(*found));
            else
                m_waiting.append(lookup);
        });
    }
    ~FakeResolver() { WsLookup::replaceResolver(nullptr); }
    Q_DISABLE_COPY_MOVE(FakeResolver)

    // From now on the host is found at once. Others are looked up until answer().
    void add(const QString &host, const QStringList &addresses)
    {
        const QMutexLocker locker(&m_mutex);
        m_addresses.insert(host, addresses);
    }
    qsizetype waitingCount() const
    {
        const QMutexLocker locker(&m_mutex);
        return m_waiting.size();
    }
    // Answers all that are waiting.
    void answer(const QStringList &addresses)
    {
        for (const std::shared_ptr<WsLookup> &lookup : takeWaiting())
            lookup->finish(resultOf(addresses));
    }
    QList<std::shared_ptr<WsLookup>> takeWaiting()
    {
        const QMutexLocker locker(&m_mutex);
        return std::exchange(m_waiting, {});
    }

    static QHostInfo resultOf(const QStringList &addresses)
    {
        QHostInfo info;
        QList<QHostAddress> list;
        for (const QString &address : addresses)
            list.append(QHostAddress(address));
        info.setAddresses(list);
        if (list.isEmpty()) {
            info.setError(QHostInfo::HostNotFound);
            info.setErrorString(QStringLiteral("Host not found"));
        }
        return info;
    }

private:
    mutable QMutex m_mutex;
    QHash<QString, QStringList> m_addresses;
    QList<std::shared_ptr<WsLookup>> m_waiting;
};

#endif // FAKERESOLVER_H
