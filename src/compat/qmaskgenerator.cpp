// SPDX-License-Identifier: MIT
#include <QtWebSockets/qmaskgenerator.h>

QT_BEGIN_NAMESPACE

QMaskGenerator::QMaskGenerator(QObject *parent) : QObject(parent) { }

QMaskGenerator::~QMaskGenerator() = default;

QT_END_NAMESPACE
