// SPDX-License-Identifier: MIT
#include "wsqmlserver.h"

#include "wsqmlconnection.h"
#include "wsqmlscript.h"

#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qqmlinfo.h>

WsQmlServer::WsQmlServer(QObject *parent) : WsServer(parent)
{
    connect(this, &WsServer::hostChanged, this, &WsQmlServer::onAddressChanged);
    connect(this, &WsServer::portChanged, this, &WsQmlServer::onAddressChanged);
}

WsConnection *WsQmlServer::createConnection()
{
    return new WsQmlConnection;
}

// --- listening

void WsQmlServer::componentComplete()
{
    m_isComplete = true;
    if (m_isWaiting && !isListening())
        setWanted(true);
    if (m_isWaiting && !isListening())
        Q_EMIT listeningChanged();
}

void WsQmlServer::setWanted(bool wanted)
{
    if (m_isComplete) {
        m_isAddressChanged = false;
        if (!wanted || loadTls())
            setListening(wanted);
    } else if (wanted != m_isWaiting) {
        m_isWaiting = wanted;
        Q_EMIT listeningChanged();
    }
}

void WsQmlServer::onAddressChanged()
{
    m_isAddressChanged = true;
    scheduleChanges();
}

void WsQmlServer::onTlsFilesChanged()
{
    m_areTlsFilesChanged = true;
    scheduleChanges();
}

void WsQmlServer::setPortNumber(int port)
{
    if (port >= 0 && port <= std::numeric_limits<quint16>::max())
        setPort(quint16(port));
    else
        qmlWarning(this) << "port " << port << " is not from 0 to 65535";
}

// Several properties may change in one go: what follows from it waits for the end of the turn.
void WsQmlServer::scheduleChanges()
{
    if (m_isComplete && !std::exchange(m_areChangesScheduled, true))
        QMetaObject::invokeMethod(this, &WsQmlServer::applyChanges, Qt::QueuedConnection);
}

void WsQmlServer::applyChanges()
{
    m_areChangesScheduled = false;
    if (!isListening())
        return;
    if (m_isAddressChanged) {
        close();
        setWanted(true);
    } else if (loadTls()) {
        Q_EMIT listeningChanged(); // the scheme of the URL
    }
}

bool WsQmlServer::loadTls()
{
    if (!m_areTlsFilesChanged)
        return true;
    QSslConfiguration configuration;
    QString problem;
    if (!m_tlsFiles.isEmpty()) {
        const bool asksClients = !m_tlsFiles.authorities.isEmpty();
        configuration = QSslConfiguration::defaultConfiguration();
        configuration.setPeerVerifyMode(asksClients ? QSslSocket::VerifyPeer : QSslSocket::VerifyNone);
        problem = m_tlsFiles.load(this, configuration);
        if (problem.isEmpty() && configuration.localCertificate().isNull())
            problem = QStringLiteral("a server needs a certificateFile");
    }
    if (problem.isEmpty()) {
        m_areTlsFilesChanged = false;
        setSslConfiguration(configuration);
    } else {
        Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Tls, problem));
    }
    return problem.isEmpty();
}

void WsQmlServer::setCertificateFile(const QUrl &file)
{
    if (m_tlsFiles.certificate == file)
        return;
    m_tlsFiles.certificate = file;
    onTlsFilesChanged();
    Q_EMIT certificateFileChanged();
}

void WsQmlServer::setPrivateKeyFile(const QUrl &file)
{
    if (m_tlsFiles.privateKey == file)
        return;
    m_tlsFiles.privateKey = file;
    onTlsFilesChanged();
    Q_EMIT privateKeyFileChanged();
}

void WsQmlServer::setCaFile(const QUrl &file)
{
    if (m_tlsFiles.authorities == file)
        return;
    m_tlsFiles.authorities = file;
    onTlsFilesChanged();
    Q_EMIT caFileChanged();
}

// --- requests

void WsQmlServer::setRequestHandler(const QJSValue &handler)
{
    if (m_requestHandler.strictlyEquals(handler))
        return;
    if (!handler.isCallable() && !handler.isNull() && !handler.isUndefined()) {
        qmlWarning(this) << "requestHandler is a function, or null";
        return;
    }
    m_requestHandler = handler;
    if (handler.isCallable())
        WsServer::setRequestHandler([this](const WsRequest &request) { return answer(request); });
    else
        WsServer::setRequestHandler(nullptr);
    Q_EMIT requestHandlerChanged();
}

WsResponse WsQmlServer::answer(const WsRequest &request)
{
    QJSEngine *engine = qjsEngine(this);
    if (!engine)
        return answerFailure(QStringLiteral("there is no JavaScript engine"));
    const QJSValue result = m_requestHandler.call({engine->toScriptValue(request)});
    if (result.isError())
        return answerFailure(result.toString());
    const QVariant response = result.toVariant();
    if (response.metaType() != QMetaType::fromType<WsResponse>())
        return answerFailure(QStringLiteral("%1 is no response").arg(result.toString()));
    return response.value<WsResponse>();
}

// As for any other exception of a script there is a warning; the client only hears that something failed.
WsResponse WsQmlServer::answerFailure(const QString &text)
{
    const QString problem = QStringLiteral("requestHandler: ") + text;
    qmlWarning(this) << problem;
    Q_EMIT errorOccurred(WsError(Ws::ErrorKind::Misuse, problem));
    return WsResponse::reject(500, "the request handler failed\n");
}

// --- connections

int WsQmlServer::broadcast(const QJSValue &value, WsConnection *except)
{
    QJSEngine *engine = qjsEngine(this);
    const auto message = engine ? wsToMessage(*engine, value) : std::nullopt;
    return message ? broadcast(*message, except) : 0;
}
