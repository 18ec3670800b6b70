// SPDX-License-Identifier: MIT
#ifndef DEMO_H
#define DEMO_H

#include <WsKit/WsServerStatistics>

#include <QtCore/qthread.h>
#include <QtCore/qurl.h>
#include <QtQml/qqml.h>

#include <memory>

class DemoLoad;

// A busy server with clients, so that there is something to see at once. All of it works in a thread of its
// own, so that the window does not stutter, whatever the server does.
class Demo : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged FINAL)
    Q_PROPERTY(QUrl url READ url NOTIFY activeChanged FINAL)

public:
    explicit Demo(QObject *parent = nullptr);
    ~Demo() override;

    bool isActive() const { return m_load != nullptr; }
    void setActive(bool active);
    QUrl url() const; // of its page of metrics
    WsServerStatistics statistics() const;

Q_SIGNALS:
    void activeChanged();

private:
    QThread m_thread;
    DemoLoad *m_load = nullptr;
};

#endif // DEMO_H
