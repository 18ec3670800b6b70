// SPDX-License-Identifier: MIT
#include "handshakeview.h"

#include "openinglog.h"
#include "secrets.h"

#include <WsKit/WsClient>

#include <QtCore/QCryptographicHash>
#include <QtGui/QAction>
#include <QtGui/QClipboard>
#include <QtGui/QFont>
#include <QtGui/QFontDatabase>
#include <QtGui/QGuiApplication>
#include <QtGui/QKeySequence>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslCipher>
#include <QtNetwork/QSslConfiguration>
#include <QtWidgets/QFrame>
#include <QtWidgets/QHeaderView>

namespace {
void addLine(QTreeWidgetItem *section, const QString &name, const QString &value)
{
    auto *item = new QTreeWidgetItem(section, {name, value});
    item->setFont(1, QFontDatabase::systemFont(QFontDatabase::FixedFont));
    item->setToolTip(1, value);
}

void addHeaders(QTreeWidgetItem *section, const WsHeaders &headers)
{
    for (const auto &[name, value] : headers)
        addLine(section, QString::fromLatin1(name), Secrets::shownValue(name, value));
}

QString address(const QHostAddress &host, quint16 port)
{
    const bool isV6 = host.protocol() == QAbstractSocket::IPv6Protocol;
    return (isV6 ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2")).arg(host.toString()).arg(port);
}
} // namespace

HandshakeView::HandshakeView(QWidget *parent) : QTreeWidget(parent)
{
    setColumnCount(2);
    setHeaderLabels({tr("Name"), tr("Value")});
    setAccessibleName(tr("Handshake"));
    setRootIsDecorated(false);
    setIndentation(fontMetrics().averageCharWidth() * 2);
    setFrameShape(QFrame::NoFrame);
    setTextElideMode(Qt::ElideRight);
    header()->setStretchLastSection(true);
    setColumnWidth(0, fontMetrics().averageCharWidth() * 28);

    auto *copyAction = new QAction(tr("&Copy the Value"), this);
    copyAction->setShortcut(QKeySequence::Copy);
    copyAction->setShortcutContext(Qt::WidgetShortcut);
    connect(copyAction, &QAction::triggered, this, &HandshakeView::copy);
    auto *copyAllAction = new QAction(tr("Copy &All"), this);
    connect(copyAllAction, &QAction::triggered, this,
            [this] { QGuiApplication::clipboard()->setText(text()); });
    addActions({copyAction, copyAllAction});
    setContextMenuPolicy(Qt::ActionsContextMenu);
}

void HandshakeView::show(const WsClient &client, const OpeningLog &openings)
{
    clear();
    addConnection(client);
    addOpening(openings);
    addRequest(client);
    if (client.response().status() != 0)
        addResponse(client);
    if (client.isEncrypted())
        addTls(client);
    addEarlierOpenings(openings);
    expandAll();
}

QString HandshakeView::text() const
{
    QString text;
    for (int i = 0; i < topLevelItemCount(); ++i) {
        const QTreeWidgetItem *section = topLevelItem(i);
        text += section->text(0) + u' ' + section->text(1) + u'\n';
        for (int j = 0; j < section->childCount(); ++j)
            text += section->child(j)->text(0) + QLatin1String(": ") + section->child(j)->text(1) + u'\n';
    }
    return text;
}

QTreeWidgetItem *HandshakeView::addSection(const QString &title, const QString &value)
{
    auto *section = new QTreeWidgetItem(this, {title, value});
    QFont bold = font();
    bold.setBold(true);
    section->setFont(0, bold);
    section->setFont(1, QFontDatabase::systemFont(QFontDatabase::FixedFont));
    section->setToolTip(1, value);
    return section;
}

void HandshakeView::addConnection(const WsClient &client)
{
    QTreeWidgetItem *section = addSection(tr("Connection"));
    addLine(section, tr("URL"), client.url().toString(QUrl::RemovePassword));
    if (!client.peerAddress().isNull()) {
        addLine(section, tr("Peer"), address(client.peerAddress(), client.peerPort()));
        addLine(section, tr("Local address"), address(client.localAddress(), client.localPort()));
    }
    if (!client.subprotocol().isEmpty())
        addLine(section, tr("Subprotocol"), client.subprotocol());
    if (!client.extensions().isEmpty())
        addLine(section, tr("Extensions"), client.extensions());
}

void HandshakeView::addOpening(const OpeningLog &openings)
{
    if (openings.attempts().isEmpty())
        return;
    const OpeningLog::Attempt &last = openings.attempts().constLast();
    QTreeWidgetItem *section =
        addSection(last.number == 0 ? tr("Opening") : tr("Opening, attempt %1").arg(last.number));
    for (const OpeningLog::Line &line : last.lines)
        addLine(section, line.name, line.value);
}

// The newest is the first.
void HandshakeView::addEarlierOpenings(const OpeningLog &openings)
{
    if (openings.attempts().size() < 2)
        return;
    QTreeWidgetItem *section = addSection(tr("Earlier openings"));
    for (qsizetype i = openings.attempts().size() - 2; i >= 0; --i) {
        const OpeningLog::Attempt &attempt = openings.attempts().at(i);
        addLine(section, attempt.number == 0 ? tr("Opening") : tr("Attempt %1").arg(attempt.number),
                attempt.summary());
    }
}

void HandshakeView::addTls(const WsClient &client)
{
    const QSslConfiguration tls = client.sslConfiguration();
    const QSslCertificate certificate = tls.peerCertificate();
    QTreeWidgetItem *section = addSection(tr("TLS"));
    addLine(section, tr("Protocol"), tls.sessionCipher().protocolString());
    addLine(section, tr("Cipher"), tls.sessionCipher().name());
    addLine(section, tr("Certificate of"), certificate.subjectDisplayName());
    addLine(section, tr("Issued by"), certificate.issuerDisplayName());
    addLine(section, tr("Valid until"), certificate.expiryDate().toString(Qt::ISODate));
    addLine(section, tr("SHA-256"),
            QString::fromLatin1(certificate.digest(QCryptographicHash::Sha256).toHex(':')));
    addLine(section, tr("Pin of the key"), WsClient::certificatePin(certificate));
}

void HandshakeView::addRequest(const WsClient &client)
{
    const WsRequest request = client.request();
    QTreeWidgetItem *section = addSection(
        tr("Request"), QString::fromLatin1(request.method() + ' ' + request.target() + " HTTP/1.1"));
    addHeaders(section, request.headers());
    if (!client.subprotocols().isEmpty() && !request.hasHeader("Sec-WebSocket-Protocol"))
        addLine(section, QStringLiteral("Sec-WebSocket-Protocol"),
                client.subprotocols().join(QStringLiteral(", ")));
    if (section->childCount() == 0)
        addLine(section, tr("(no headers of its own)"), {});
}

void HandshakeView::addResponse(const WsClient &client)
{
    const WsResponse response = client.response();
    QTreeWidgetItem *section =
        addSection(tr("Response"), QStringLiteral("HTTP/1.1 %1").arg(response.status()));
    addHeaders(section, response.headers());
    if (!response.body().isEmpty())
        addLine(section, tr("(body)"), QString::fromUtf8(response.body()));
}

void HandshakeView::copy() const
{
    if (const QTreeWidgetItem *item = currentItem())
        QGuiApplication::clipboard()->setText(item->text(1));
}
