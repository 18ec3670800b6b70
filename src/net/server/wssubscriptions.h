// SPDX-License-Identifier: MIT
#ifndef WSSUBSCRIPTIONS_H
#define WSSUBSCRIPTIONS_H

#include <QtCore/qhash.h>
#include <QtCore/qlist.h>
#include <QtCore/qmap.h>
#include <QtCore/qmutex.h>
#include <QtCore/qstringlist.h>

#include <functional>

class WsConnection;

// Which connections of one thread subscribe to which topics. Only that thread changes them; others may read
// them.
class WsSubscriptions
{
public:
    // From any thread:
    QStringList topics() const;
    int subscriberCount(const QString &topic) const;
    void addCounts(QMap<QString, int> *subscribers) const;
    // The subscribers exist as long as the call lasts. It may only use functions that any thread may use.
    void visit(const QString &topic, const std::function<void(WsConnection *)> &see) const;

    QList<WsConnection *> subscribers(const QString &topic) const { return m_topics.value(topic); }
    // Returns whether it is the first subscriber of the topic.
    bool add(WsConnection *connection, const QString &topic);
    // Returns whether it was the last one.
    bool remove(WsConnection *connection, const QString &topic);
    // Returns the topics that it had subscribed to. Adds those of which it was the last subscriber to \a left.
    QStringList removeAll(WsConnection *connection, QStringList *left = nullptr);

private:
    QHash<QString, QList<WsConnection *>> m_topics; // the connections know their places
    mutable QMutex m_mutex;
};

#endif // WSSUBSCRIPTIONS_H
