// SPDX-License-Identifier: MIT
#ifndef WSQMLSERVER_H
#define WSQMLSERVER_H

#include "wsqmlscript.h"
#include "wsqmltls.h"

#include <WsKit/wsserver.h>

#include <QtCore/qhash.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqml.h>
#include <QtQml/qqmlparserstatus.h>

// The QML type WsServer. It listens once the component is complete, and again if the address changes.
class WsQmlServer : public WsServer, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    Q_PROPERTY(bool listening READ isWanted WRITE setWanted NOTIFY listeningChanged FINAL)
    Q_PROPERTY(int port READ port WRITE setPortNumber NOTIFY portChanged FINAL)
    Q_PROPERTY(int localMode READ localMode WRITE setLocalMode NOTIFY localPermissionsChanged FINAL)
    Q_PROPERTY(int serverPort READ serverPort NOTIFY listeningChanged FINAL)
    Q_PROPERTY(QList<WsConnection *> connections READ connections NOTIFY connectionCountChanged FINAL)
    Q_PROPERTY(QJSValue requestHandler READ requestHandler WRITE setRequestHandler NOTIFY requestHandlerChanged FINAL)
    Q_PROPERTY(QJSValue routes READ routes WRITE setRoutes NOTIFY routesChanged FINAL)
    Q_PROPERTY(WsCompression compression READ compression WRITE setCompression NOTIFY optionsChanged FINAL)
    Q_PROPERTY(int threadCount READ threadCount CONSTANT FINAL) // JavaScript runs in one thread
    Q_PROPERTY(int maxPendingConnections READ maxPendingConnections CONSTANT FINAL) // nothing here would take them
    Q_PROPERTY(QUrl certificateFile READ certificateFile WRITE setCertificateFile NOTIFY certificateFileChanged FINAL)
    Q_PROPERTY(QUrl privateKeyFile READ privateKeyFile WRITE setPrivateKeyFile NOTIFY privateKeyFileChanged FINAL)
    Q_PROPERTY(QString privateKeyPassPhrase READ privateKeyPassPhrase WRITE setPrivateKeyPassPhrase NOTIFY privateKeyPassPhraseChanged FINAL)
    Q_PROPERTY(QUrl caFile READ caFile WRITE setCaFile NOTIFY caFileChanged FINAL)
    QML_NAMED_ELEMENT(WsServer)

public:
    explicit WsQmlServer(QObject *parent = nullptr);
    ~WsQmlServer() override;
    Q_DISABLE_COPY_MOVE(WsQmlServer)

    bool isWanted() const { return m_isComplete ? isListening() : m_isWaiting; }
    void setWanted(bool wanted);
    void setPortNumber(int port); // QML has no literals of quint16
    int localMode() const;
    void setLocalMode(int mode);
    QJSValue requestHandler() const { return m_requestHandler; }
    void setRequestHandler(const QJSValue &handler);
    QJSValue routes() const { return m_routes; }
    void setRoutes(const QJSValue &routes);
    WsCompression compression() const { return options().compression(); }
    void setCompression(const WsCompression &compression);
    QUrl certificateFile() const { return m_tlsFiles.certificate; }
    void setCertificateFile(const QUrl &file);
    QUrl privateKeyFile() const { return m_tlsFiles.privateKey; }
    void setPrivateKeyFile(const QUrl &file);
    QString privateKeyPassPhrase() const { return m_tlsFiles.passPhrase; }
    void setPrivateKeyPassPhrase(const QString &passPhrase);
    QUrl caFile() const { return m_tlsFiles.authorities; }
    void setCaFile(const QUrl &file);

    Q_INVOKABLE void close(int code = Ws::GoingAway, const QString &reason = {}, int timeoutMs = -1);
    using WsServer::broadcast;
    using WsServer::publish;
    Q_INVOKABLE int broadcast(const QJSValue &value, WsConnection *except = nullptr);
    Q_INVOKABLE int publish(const QString &topic, const QJSValue &value, const QJSValue &keyOrExcept = {},
                            WsConnection *except = nullptr);
    Q_INVOKABLE bool listenFromSystemd(const QString &name = {});
    Q_INVOKABLE QString errorString() const { return WsServer::errorString(); }
    Q_INVOKABLE bool reloadCertificates();

Q_SIGNALS:
    void messagesSkipped(WsConnection *connection, const QString &topic, double count);
    void requestHandlerChanged();
    void routesChanged();
    void certificateFileChanged();
    void privateKeyFileChanged();
    void privateKeyPassPhraseChanged();
    void caFileChanged();

protected:
    void classBegin() override { }
    void componentComplete() override;
    WsConnection *createConnection() override;

private:
    void onAddressChanged();
    void onListeningChanged();
    void onClosed();
    void onTlsFilesChanged();
    void scheduleChanges();
    void applyChanges();
    // Reads the files if they have changed; returns what is wrong with them.
    QString readTls();
    // The same, and reports it. Returns false then, and if a slot has deleted the server.
    bool loadTls();
    void reportTls(const QString &problem);
    void refuseToListen(const QString &problem);
    bool addRoute(const QString &pattern, const QJSValue &handler);
    QFuture<WsResponse> answerRoute(const QString &pattern, const WsRequest &request);
    // \a name of the handler is for errors.
    QFuture<WsResponse> answer(const QJSValue &handler, const QString &name, const WsRequest &request);
    WsResponse toResponse(const WsScriptResult &result, const QString &name);
    WsResponse answerFailure(Ws::ErrorKind kind, const QString &name, const QString &text);

    WsTlsFiles m_tlsFiles;
    WsScriptCaller m_caller;
    QJSValue m_requestHandler;
    QJSValue m_routes;
    QHash<QString, QJSValue> m_routeHandlers; // by their patterns
    bool m_isComplete = false;
    bool m_isWaiting = false; // to listen, until the component is complete
    bool m_mayListenAgain = false;   // once it has closed
    bool m_wasListening = false;     // when it was reported
    bool m_isAddressChanged = false; // since it listens
    bool m_isReportingTls = false;
    bool m_areTlsFilesChanged = false;
    bool m_areChangesScheduled = false;
};

#endif // WSQMLSERVER_H
