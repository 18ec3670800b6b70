// SPDX-License-Identifier: MIT
#include "net/server/wsserver_p.h"

#include "net/connection/wsconnection_p.h"
#include "net/loop/wsthrown.h"
#include "net/server/wshandshakelog.h"
#include "net/socket/wsdevicetransport.h"
#include "net/socket/wstlsfiles.h"
#include "protocol/wsorigin.h"

#include <QtCore/qpointer.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>

#ifdef Q_OS_WIN
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <sys/socket.h>
#endif

namespace {
QHostAddress peerOf(qintptr descriptor)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    auto *address = reinterpret_cast<sockaddr *>(&storage);
    return ::getpeername(decltype(::socket(0, 0, 0))(descriptor), address, &size) == 0 ? QHostAddress(address)
                                                                                       : QHostAddress();
}

void cut(qintptr descriptor)
{
    QAbstractSocket socket(QAbstractSocket::TcpSocket, nullptr);
    socket.setSocketDescriptor(descriptor);
    socket.abort();
}
} // namespace

WsServerPrivate::WsServerPrivate(WsServer *server)
    : q(server), home(std::make_shared<WsServerHome>(server)), listener(server)
{
    listener.setHandlers([this](qintptr descriptor) { acceptDescriptor(descriptor); },
                         [this](const QString &text) { onAcceptError(text); });
}

WsServerPrivate::~WsServerPrivate() = default;

void WsServerPrivate::run(std::function<void(WsServerPrivate &)> action)
{
    home->callServer([action = std::move(action)](WsServer &server) { action(*of(&server)); });
}

bool WsServerPrivate::misuse(const QString &text)
{
    store(errorString, text);
    return false;
}

void WsServerPrivate::end()
{
    listener.stop();
    dropWaiting();
    stopThreads();
    home->forgetServer();
    const std::shared_ptr<const WsServerThreads> threads = home->threads();
    for (const auto &thread : *threads) { // to which somebody has moved a connection
        home->removeThread(thread.get());
        thread->run([thread] { thread->deleteAll(); });
    }
    home->deleteAll();
    home->WsTurnMember::leaveThread();
}

void WsServerPrivate::leaveThread()
{
    home->leaveWithServer();
}

// --- who may come

bool WsServerPrivate::changeLimit(int WsServerLimits::*member, int count)
{
    WsServerLimits changed = limits;
    changed.*member = qMax(0, count);
    if (changed.*member == limits.*member)
        return false;
    store(limits, changed);
    home->admission.setLimits(changed);
    return true;
}

void WsServerPrivate::setAllowedOrigins(const QStringList &origins)
{
    if (!changeSetting(&WsServerSettings::allowedOrigins, origins))
        return;
    const QPointer<WsServer> self(q);
    Q_EMIT q->allowedOriginsChanged();
    QStringList problems;
    for (const QString &entry : origins)
        problems.append(wsCheckOriginEntry(entry));
    if (self)
        reportMisuse(problems);
}

void WsServerPrivate::setAllowedHosts(const QStringList &hosts)
{
    WsHostPolicy policy = settings->hosts;
    if (policy.allowed == hosts)
        return;
    policy.allowed = hosts;
    setSetting(&WsServerSettings::hosts, policy);
    const QPointer<WsServer> self(q);
    Q_EMIT q->allowedHostsChanged();
    QStringList problems;
    for (const QString &entry : hosts)
        problems.append(wsCheckHostEntry(entry));
    if (self)
        reportMisuse(problems);
}

void WsServerPrivate::setLoopbackOnly(bool isLoopbackOnly)
{
    WsHostPolicy policy = settings->hosts;
    policy.isLoopbackOnly = isLoopbackOnly;
    setSetting(&WsServerSettings::hosts, policy);
}

void WsServerPrivate::reportMisuse(const QStringList &problems)
{
    const QPointer<WsServer> self(q);
    for (const QString &problem : problems) {
        if (!self || problem.isEmpty())
            continue;
        misuse(problem);
        Q_EMIT q->errorOccurred(WsError(Ws::ErrorKind::Misuse, problem));
    }
}

// --- TLS

QSslConfiguration WsServerPrivate::tls() const
{
    if (settings->sslConfiguration)
        return *settings->sslConfiguration;
    return pendingTls.value_or(QSslConfiguration::defaultConfiguration());
}

void WsServerPrivate::setTls(const QSslConfiguration &configuration)
{
    std::optional<QSslConfiguration> used;
    if (!configuration.isNull())
        used = configuration;
    if (used && used->peerVerifyMode() == QSslSocket::AutoVerifyPeer)
        used->setPeerVerifyMode(QSslSocket::VerifyNone);
    setSetting(&WsServerSettings::sslConfiguration, used);
    pendingTls.reset();
}

bool WsServerPrivate::setCaCertificates(const QString &pemFile)
{
    if (!isOwnThread())
        return misuse(QStringLiteral("only the server's own thread can load certificates"));
    QSslConfiguration changed = tls();
    if (const QString problem = wsLoadCaCertificates(pemFile, &changed); !problem.isEmpty())
        return misuse(problem);
    if (changed.peerVerifyMode() != QSslSocket::QueryPeer)
        changed.setPeerVerifyMode(QSslSocket::VerifyPeer);
    if (settings->sslConfiguration)
        setTls(changed);
    else
        pendingTls = changed;
    return true;
}

bool WsServerPrivate::setLocalCertificate(const QString &pemFile, const QString &keyFile,
                                          const QByteArray &passPhrase)
{
    if (!isOwnThread())
        return misuse(QStringLiteral("only the server's own thread can load a certificate"));
    QSslConfiguration changed = tls();
    const QString problem = wsLoadLocalCertificate(pemFile, keyFile, passPhrase, &changed);
    if (!problem.isEmpty())
        return misuse(problem);
    setTls(changed);
    return true;
}

// --- listening

bool WsServerPrivate::mayListen()
{
    if (!isOwnThread())
        return misuse(QStringLiteral("the server can only listen in its own thread"));
    if (home->isClosing)
        return misuse(QStringLiteral("the server is still closing"));
    return !listener.isListening() || misuse(QStringLiteral("the server is listening already"));
}

bool WsServerPrivate::listenLocally(const QString &path)
{
    if (!mayListen())
        return false;
    if (settings->sslConfiguration)
        return misuse(QStringLiteral("TLS is not offered over local sockets"));
    if (!QHostAddress(path).isNull())
        return misuse(QStringLiteral("%1 is an address, not a path: pass a QHostAddress").arg(path));
    QString problem = listener.startLocally(path);
    if (problem.isEmpty())
        problem = startThreads();
    if (!problem.isEmpty()) {
        listener.stop();
        return misuse(problem);
    }
    store(localPath, listener.localPath());
    Q_EMIT q->listeningChanged();
    return true;
}

bool WsServerPrivate::listen(const QHostAddress &address, quint16 wantedPort)
{
    if (!mayListen())
        return false;
    if (!listener.start(address, wantedPort))
        return misuse(listener.errorString());
    if (const QString problem = startThreads(); !problem.isEmpty()) {
        listener.stop();
        return misuse(problem);
    }
    store(serverAddress, listener.serverAddress());
    store(serverPort, listener.serverPort());
    setLoopbackOnly(serverAddress.isLoopback());
    Q_EMIT q->listeningChanged();
    return true;
}

void WsServerPrivate::setListening(bool listening)
{
    m_isListeningAgain = listening && home->isClosing;
    if (listening == listener.isListening() || m_isListeningAgain)
        return;
    if (!listening) {
        close();
        return;
    }
    const QHostAddress address =
        host == QLatin1String("localhost") ? QHostAddress(QHostAddress::LocalHost) : QHostAddress(host);
    if (address.isNull())
        misuse(QStringLiteral("%1 is not an address").arg(host));
    if (address.isNull() || !listen(address, port)) {
        m_refusal.run(q, [this, error = WsError(Ws::ErrorKind::Network, errorString)] {
            Q_EMIT q->errorOccurred(error);
        });
    }
}

// For example, the system has no descriptor left.
void WsServerPrivate::onAcceptError(const QString &text)
{
    misuse(text);
    WsError error(Ws::ErrorKind::Network, text);
    error.setSocketError(QAbstractSocket::SocketResourceError);
    Q_EMIT q->errorOccurred(error);
}

// --- threads

WsServerThreads WsServerPrivate::startedThreads() const
{
    WsServerThreads started = *home->threads();
    std::erase_if(started, [](const auto &thread) { return !thread->isStarted(); });
    return started;
}

// Returns an error text, or an empty string.
QString WsServerPrivate::startThreads()
{
    if (int(startedThreads().size()) == threadCount)
        return {};
    stopThreads(); // which none of the connections lives in
    for (int number = 1; number <= threadCount; ++number) {
        auto thread = std::make_shared<WsServerThread>(home);
        if (const QString problem = thread->startThread(number); !problem.isEmpty()) {
            stopThreads();
            return problem;
        }
        home->addThread(std::move(thread));
    }
    return {};
}

void WsServerPrivate::stopThreads()
{
    for (const auto &thread : startedThreads()) {
        home->removeThread(thread.get());
        thread->stop();
    }
}

WsServerThread *WsServerPrivate::nextThread() const
{
    const WsServerThreads threads = startedThreads();
    const auto hasLess = [](const auto &one, const auto &other) { return one->load < other->load; };
    const auto least = std::min_element(threads.begin(), threads.end(), hasLess);
    return least == threads.end() ? home.get() : least->get();
}

// --- clients that come

void WsServerPrivate::acceptDescriptor(qintptr descriptor)
{
    WsAcceptedClient client;
    client.descriptor = descriptor;
    client.isLocal = listener.isLocal();
    if (!client.isLocal)
        client.address = wsUnmapped(peerOf(descriptor));
    const QPointer<WsServer> server(q); // which the filter may delete
    const bool isWelcome = isWanted(client.address);
    const bool isListening = server && listener.isListening();
    if (isWelcome && !isListening)
        wsLogRefusal(client.address, 0, QStringLiteral("the server has closed"));
    if (!isWelcome || !isListening) {
        cut(descriptor);
        return;
    }
    m_waiting.push_back(client);
    enterWaiting();
}

// Whoever comes while there are too many pending clients waits: the first one here, the others in the system.
void WsServerPrivate::enterWaiting()
{
    const QPointer<WsServer> server(q); // which a slot may delete
    while (server && !m_waiting.empty()) {
        if (const auto nextTime = home->admission.waitForRoom()) {
            listener.setFull(true);
            home->enterWaitingAt(*nextTime);
            return;
        }
        const WsAcceptedClient client = m_waiting.front();
        m_waiting.pop_front();
        handOn(client);
    }
    if (server)
        listener.setFull(false);
}

void WsServerPrivate::handOn(WsAcceptedClient client)
{
    if (!enter(&client)) {
        cut(client.descriptor);
        refuse(client);
        return;
    }
    WsServerThread *const thread = nextThread();
    ++thread->load;
    thread->run([thread, client] { thread->accept(client); });
}

void WsServerPrivate::dropWaiting()
{
    for (const WsAcceptedClient &client : std::exchange(m_waiting, {})) {
        cut(client.descriptor);
        wsLogRefusal(client.address, 0, QStringLiteral("the server has closed"));
    }
    listener.setFull(false);
}

// A filter that throws accepts nobody.
bool WsServerPrivate::isWanted(const QHostAddress &address)
{
    const auto filter = connectionFilter; // which may replace itself, or delete the server
    if (!filter)
        return true;
    const std::shared_ptr<WsServerHome> ownHome = home;
    bool isAccepted = false;
    const QString thrown = wsThrownBy([&] { isAccepted = (*filter)(address); });
    if (!isAccepted)
        wsLogRefusal(address, 0,
                     thrown.isNull() ? QStringLiteral("the connection filter refused it")
                                     : QStringLiteral("the connection filter has thrown: %1").arg(thrown));
    if (!thrown.isNull())
        ownHome->reportThrown(thrown);
    return isAccepted;
}

// Counts the client, unless there are too many.
bool WsServerPrivate::enter(WsAcceptedClient *client)
{
    client->settings = settings;
    client->number = home->admission.enter(client->address);
    if (client->number == 0)
        return false;
    ++m_clientCount;
    return true;
}

// A slot may delete the server.
void WsServerPrivate::refuse(const WsAcceptedClient &client)
{
    const QString reason = QStringLiteral("too many handshakes are unfinished, and none can give way yet");
    wsLogRefusal(client.address, 0, reason);
    Q_EMIT q->connectionRejected(WsError(Ws::ErrorKind::Handshake, reason), client.address);
}

bool WsServerPrivate::handleConnection(QIODevice *device)
{
    if (!isOwnThread())
        return misuse(QStringLiteral("connections can only be handed to the server in its own thread"));
    if (!device || home->isClosing)
        return misuse(device ? QStringLiteral("the server is still closing")
                             : QStringLiteral("the device is null"));
    const auto *socket = qobject_cast<QAbstractSocket *>(device);
    const bool isConnected = socket ? socket->state() == QAbstractSocket::ConnectedState
                                    : device->isSequential() && device->isReadable() && device->isWritable();
    if (!isConnected)
        return misuse(QStringLiteral("the device is not connected, or not open for reading and writing"));
    WsAcceptedClient client;
    client.address = socket ? wsUnmapped(socket->peerAddress()) : QHostAddress();
    device->setParent(nullptr);
    std::unique_ptr<WsTransport> transport = WsDeviceTransport::of(device);
    if (!enter(&client)) {
        transport.reset(); // which cuts it
        refuse(client);
        return true;
    }
    const bool isReady = transport->isReady();
    ++home->load;
    if (WsConnection *const connection = home->start(std::move(transport), client); connection && isReady) {
        WsLink &link = WsConnectionPrivate::of(connection)->link;
        link.onConnected();
        link.pumpSoon();
    }
    return true;
}

bool WsServerPrivate::runInOwner(WsConnection *connection, std::function<void(WsServerThread &)> action)
{
    if (!connection || connection->state() == Ws::Closed)
        return false;
    WsConnectionPrivate &of = *WsConnectionPrivate::of(connection);
    const auto owner = std::static_pointer_cast<WsServerThread>(of.read(of.owner));
    if (!owner || &owner->home() != home.get())
        return false;
    return of.threads.runInOpening([&of, action = std::move(action)] {
        if (of.owner)
            action(static_cast<WsServerThread &>(*of.owner));
    });
}

void WsServerPrivate::announce(WsConnection *connection)
{
    const QPointer<WsServer> self(q);
    Q_EMIT q->newConnection(connection);
    if (self)
        Q_EMIT q->connectionCountChanged();
}

// --- clients that go

void WsServerPrivate::onRemoved(const WsRemovedClient &client, WsServerThread *thread)
{
    --thread->load;
    elsewhere.remove(client.connection);
    if (thread->isHost())
        home->removeThread(thread);
    uncount();
    const QPointer<WsServer> self(q);
    if (client.wasOpen)
        Q_EMIT q->connectionCountChanged();
    if (self)
        finishClosing();
}

void WsServerPrivate::givePlace()
{
    uncount();
    finishClosing();
}

void WsServerPrivate::uncount()
{
    --m_clientCount;
    listener.retry();
}

// --- closing

// Clients that have been accepted go on, also those that wait for room. A slot may delete the server.
void WsServerPrivate::stopListening()
{
    if (!listener.isListening())
        return;
    listener.stop();
    store(serverAddress, QHostAddress());
    store(localPath, QString());
    store(serverPort, quint16(0));
    setLoopbackOnly(false);
    Q_EMIT q->listeningChanged();
}

void WsServerPrivate::close()
{
    if (home->isClosing || (!listener.isListening() && m_clientCount == 0))
        return;
    home->isClosing = true;
    const QPointer<WsServer> self(q);
    dropWaiting();
    stopListening();
    if (!self)
        return;
    const std::shared_ptr<const WsServerThreads> threads = home->threads();
    for (const auto &thread : *threads)
        thread->run([thread] { thread->closeAll(); });
    home->closeAll();
    if (self)
        finishClosing();
}

void WsServerPrivate::finishClosing()
{
    if (!home->isClosing || m_clientCount > 0)
        return;
    home->isClosing = false;
    const QPointer<WsServer> self(q);
    Q_EMIT q->closed();
    if (self && std::exchange(m_isListeningAgain, false))
        setListening(true);
}
