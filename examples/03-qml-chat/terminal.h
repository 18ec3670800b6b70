// SPDX-License-Identifier: MIT
#ifndef TERMINAL_H
#define TERMINAL_H

#include "linereader.h"

#include <QtQml/qqml.h>

// Standard input and output, line by line.
class Terminal : public QObject
{
    Q_OBJECT
    Q_PROPERTY(bool reading READ isReading WRITE setReading NOTIFY readingChanged FINAL)
    QML_ELEMENT

public:
    explicit Terminal(QObject *parent = nullptr);

    bool isReading() const { return m_isReading; }
    void setReading(bool reading);
    Q_INVOKABLE void print(const QString &line);

Q_SIGNALS:
    void readingChanged();
    void lineRead(const QString &line);
    void finished();

private:
    LineReader m_reader;
    bool m_isReading = false;
    bool m_hasStarted = false;
};

#endif // TERMINAL_H
