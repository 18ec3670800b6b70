// SPDX-License-Identifier: MIT
#include "demo.h"

#include "demoload.h"

Demo::Demo(QObject *parent) : QObject(parent) { }

Demo::~Demo()
{
    setActive(false);
}

void Demo::setActive(bool active)
{
    if (active == isActive())
        return;
    if (active) {
        m_load = new DemoLoad;
        m_load->moveToThread(&m_thread);
        connect(&m_thread, &QThread::finished, m_load, &QObject::deleteLater);
        m_thread.start();
        QMetaObject::invokeMethod(m_load, &DemoLoad::start, Qt::BlockingQueuedConnection);
    } else {
        m_load = nullptr;
        m_thread.quit();
        m_thread.wait();
    }
    Q_EMIT activeChanged();
}

QUrl Demo::url() const
{
    return m_load ? m_load->metricsUrl() : QUrl();
}

WsServerStatistics Demo::statistics() const
{
    return m_load ? m_load->server().statistics() : WsServerStatistics();
}
