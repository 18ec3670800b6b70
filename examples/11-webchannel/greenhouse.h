// SPDX-License-Identifier: MIT
#ifndef GREENHOUSE_H
#define GREENHOUSE_H

#include <QtCore/qobject.h>
#include <QtCore/qtimer.h>

// What the pages show and control. Everything public in here that the meta-object knows is published.
class Greenhouse : public QObject
{
    Q_OBJECT
    Q_PROPERTY(double temperature READ temperature NOTIFY temperatureChanged)
    Q_PROPERTY(double target READ target WRITE setTarget NOTIFY targetChanged)
    Q_PROPERTY(bool windowOpen READ isWindowOpen WRITE setWindowOpen NOTIFY windowOpenChanged)
    Q_PROPERTY(int visitors READ visitors NOTIFY visitorsChanged)

public:
    explicit Greenhouse(QObject *parent = nullptr);

    double temperature() const { return m_temperature; }
    double target() const { return m_target; }
    void setTarget(double target);
    bool isWindowOpen() const { return m_isWindowOpen; }
    void setWindowOpen(bool isOpen);
    int visitors() const { return m_visitors; }
    void setVisitors(int count);

public Q_SLOTS:
    // Returns how many litres are left in the tank, -1 if it is empty.
    int water(const QString &gardener);

Q_SIGNALS:
    void temperatureChanged();
    void targetChanged();
    void windowOpenChanged();
    void visitorsChanged();
    void watered(const QString &gardener, int litresLeft);

private:
    void step();

    QTimer m_clock;
    double m_temperature = 17.5;
    double m_target = 21;
    bool m_isWindowOpen = false;
    int m_visitors = 0;
    int m_litres = 40;
};

#endif // GREENHOUSE_H
