// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QMASKGENERATOR_H
#define WSKIT_COMPAT_QMASKGENERATOR_H

#include <QtWebSockets/qwebsockets_global.h>

#include <QtCore/QObject>

QT_BEGIN_NAMESPACE

class WSKIT_COMPAT_EXPORT QMaskGenerator : public QObject
{
    Q_DISABLE_COPY(QMaskGenerator)

public:
    explicit QMaskGenerator(QObject *parent = nullptr);
    ~QMaskGenerator() override;

    virtual bool seed() = 0;
    virtual quint32 nextMask() = 0;
};

QT_END_NAMESPACE

#endif // WSKIT_COMPAT_QMASKGENERATOR_H
