// SPDX-License-Identifier: MIT
#include "windowicon.h"

#include <QtGui/QPainter>
#include <QtGui/QPixmap>

namespace {
// Two arrows, for what is sent and what is received.
QPixmap painted(int size)
{
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(size / 64.0, size / 64.0);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0xff1d3557));
    painter.drawRoundedRect(QRectF(2, 2, 60, 60), 14, 14);
    painter.setBrush(QColor(0xff5fd38d));
    painter.drawPolygon(QPolygonF({{14, 30}, {24, 12}, {34, 30}, {27, 30}, {27, 50}, {21, 50}, {21, 30}}));
    painter.setBrush(QColor(0xff79b0ff));
    painter.drawPolygon(QPolygonF({{30, 34}, {37, 34}, {37, 14}, {43, 14}, {43, 34}, {50, 34}, {40, 52}}));
    return pixmap;
}
} // namespace

QIcon windowIcon()
{
    QIcon icon;
    for (const int size : {16, 24, 32, 48, 64, 128, 256})
        icon.addPixmap(painted(size));
    return QIcon::fromTheme(QStringLiteral("wskit-inspector"), icon);
}
