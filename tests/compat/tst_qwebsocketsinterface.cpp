// SPDX-License-Identifier: MIT

// The interface of Qt WebSockets: the signature of every public member, at compile time, and what the
// meta-objects contain. Whether a member is missing is also found by interop/parity.py, which compares the
// headers.

#include "compattesting.h"

#include <QtCore/qmetaobject.h>
#include <QtTest/qtest.h>
#include <QtWebSockets/QtWebSockets>

#include <type_traits>

using namespace CompatTesting;

namespace {
QT_WARNING_PUSH
QT_WARNING_DISABLE_DEPRECATED

// A member that has exactly this type.
template <typename Type>
constexpr int has(Type)
{
    return 1;
}

using Socket = QWebSocket;
using Server = QWebSocketServer;
using Cors = QWebSocketCorsAuthenticator;
using Options = QWebSocketHandshakeOptions;
using Address = QHostAddress;
using Proxy = QNetworkProxy;
using Errors = QList<QSslError>;
using Tls = QSslConfiguration;
using Request = QNetworkRequest;
using PauseModes = QAbstractSocket::PauseModes;
using SocketError = QAbstractSocket::SocketError;
using CloseCode = QWebSocketProtocol::CloseCode;
using Version = QWebSocketProtocol::Version;
using Authenticator = QSslPreSharedKeyAuthenticator;

constexpr int SocketFunctions =
    has<void (Socket::*)()>(&Socket::abort) + has<SocketError (Socket::*)() const>(&Socket::error)
    + has<QString (Socket::*)() const>(&Socket::errorString) + has<bool (Socket::*)()>(&Socket::flush)
    + has<bool (Socket::*)() const>(&Socket::isValid)
    + has<Address (Socket::*)() const>(&Socket::localAddress)
    + has<quint16 (Socket::*)() const>(&Socket::localPort)
    + has<PauseModes (Socket::*)() const>(&Socket::pauseMode)
    + has<Address (Socket::*)() const>(&Socket::peerAddress)
    + has<QString (Socket::*)() const>(&Socket::peerName)
    + has<quint16 (Socket::*)() const>(&Socket::peerPort) + has<Proxy (Socket::*)() const>(&Socket::proxy)
    + has<void (Socket::*)(const Proxy &)>(&Socket::setProxy)
    + has<void (Socket::*)(const QMaskGenerator *)>(&Socket::setMaskGenerator)
    + has<const QMaskGenerator *(Socket::*)() const>(&Socket::maskGenerator)
    + has<qint64 (Socket::*)() const>(&Socket::readBufferSize)
    + has<void (Socket::*)(qint64)>(&Socket::setReadBufferSize) + has<void (Socket::*)()>(&Socket::resume)
    + has<void (Socket::*)(PauseModes)>(&Socket::setPauseMode)
    + has<QAbstractSocket::SocketState (Socket::*)() const>(&Socket::state)
    + has<Version (Socket::*)() const>(&Socket::version)
    + has<QString (Socket::*)() const>(&Socket::resourceName)
    + has<QUrl (Socket::*)() const>(&Socket::requestUrl) + has<Request (Socket::*)() const>(&Socket::request)
    + has<Options (Socket::*)() const>(&Socket::handshakeOptions)
    + has<QString (Socket::*)() const>(&Socket::origin)
    + has<QString (Socket::*)() const>(&Socket::subprotocol)
    + has<CloseCode (Socket::*)() const>(&Socket::closeCode)
    + has<QString (Socket::*)() const>(&Socket::closeReason)
    + has<qint64 (Socket::*)(const QString &)>(&Socket::sendTextMessage)
    + has<qint64 (Socket::*)(const QByteArray &)>(&Socket::sendBinaryMessage)
    + has<void (Socket::*)(const Errors &)>(&Socket::ignoreSslErrors)
    + has<void (Socket::*)()>(&Socket::continueInterruptedHandshake)
    + has<void (Socket::*)(const Tls &)>(&Socket::setSslConfiguration)
    + has<Tls (Socket::*)() const>(&Socket::sslConfiguration)
    + has<qint64 (Socket::*)() const>(&Socket::bytesToWrite)
    + has<void (Socket::*)(quint64)>(&Socket::setMaxAllowedIncomingFrameSize)
    + has<quint64 (Socket::*)() const>(&Socket::maxAllowedIncomingFrameSize)
    + has<void (Socket::*)(quint64)>(&Socket::setMaxAllowedIncomingMessageSize)
    + has<quint64 (Socket::*)() const>(&Socket::maxAllowedIncomingMessageSize)
    + has<quint64 (*)()>(&Socket::maxIncomingMessageSize) + has<quint64 (*)()>(&Socket::maxIncomingFrameSize)
    + has<void (Socket::*)(quint64)>(&Socket::setOutgoingFrameSize)
    + has<quint64 (Socket::*)() const>(&Socket::outgoingFrameSize)
    + has<quint64 (*)()>(&Socket::maxOutgoingFrameSize);

constexpr int SocketSlots = has<void (Socket::*)(CloseCode, const QString &)>(&Socket::close)
                            + has<void (Socket::*)(const QUrl &)>(&Socket::open)
                            + has<void (Socket::*)(const Request &)>(&Socket::open)
                            + has<void (Socket::*)(const QUrl &, const Options &)>(&Socket::open)
                            + has<void (Socket::*)(const Request &, const Options &)>(&Socket::open)
                            + has<void (Socket::*)(const QByteArray &)>(&Socket::ping)
                            + has<void (Socket::*)()>(&Socket::ignoreSslErrors);

constexpr int SocketSignals6_4 =
    has<void (Socket::*)()>(&Socket::aboutToClose) + has<void (Socket::*)()>(&Socket::connected)
    + has<void (Socket::*)()>(&Socket::disconnected)
    + has<void (Socket::*)(QAbstractSocket::SocketState)>(&Socket::stateChanged)
    + has<void (Socket::*)(const Proxy &, QAuthenticator *)>(&Socket::proxyAuthenticationRequired)
    + has<void (Socket::*)()>(&Socket::readChannelFinished)
    + has<void (Socket::*)(const QString &, bool)>(&Socket::textFrameReceived)
    + has<void (Socket::*)(const QByteArray &, bool)>(&Socket::binaryFrameReceived)
    + has<void (Socket::*)(const QString &)>(&Socket::textMessageReceived)
    + has<void (Socket::*)(const QByteArray &)>(&Socket::binaryMessageReceived)
    + has<void (Socket::*)(SocketError)>(&Socket::error)
    + has<void (Socket::*)(quint64, const QByteArray &)>(&Socket::pong)
    + has<void (Socket::*)(qint64)>(&Socket::bytesWritten)
    + has<void (Socket::*)(const QSslError &)>(&Socket::peerVerifyError)
    + has<void (Socket::*)(const Errors &)>(&Socket::sslErrors)
    + has<void (Socket::*)(Authenticator *)>(&Socket::preSharedKeyAuthenticationRequired)
    + has<void (Socket::*)(QSsl::AlertLevel, QSsl::AlertType, const QString &)>(&Socket::alertSent)
    + has<void (Socket::*)(QSsl::AlertLevel, QSsl::AlertType, const QString &)>(&Socket::alertReceived)
    + has<void (Socket::*)(const QSslError &)>(&Socket::handshakeInterruptedOnError);

#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0)
constexpr int SocketSignals = SocketSignals6_4 + has<void (Socket::*)(SocketError)>(&Socket::errorOccurred)
                              + has<void (Socket::*)(QAuthenticator *)>(&Socket::authenticationRequired);
#else
constexpr int SocketSignals = SocketSignals6_4;
#endif

using namespace std::chrono;
constexpr int ServerFunctions =
    has<bool (Server::*)(const Address &, quint16)>(&Server::listen) + has<void (Server::*)()>(&Server::close)
    + has<bool (Server::*)() const>(&Server::isListening)
    + has<void (Server::*)(int)>(&Server::setMaxPendingConnections)
    + has<int (Server::*)() const>(&Server::maxPendingConnections)
    + has<void (Server::*)(milliseconds)>(&Server::setHandshakeTimeout)
    + has<milliseconds (Server::*)() const>(&Server::handshakeTimeout)
    + has<void (Server::*)(int)>(&Server::setHandshakeTimeout)
    + has<int (Server::*)() const>(&Server::handshakeTimeoutMS)
    + has<quint16 (Server::*)() const>(&Server::serverPort)
    + has<Address (Server::*)() const>(&Server::serverAddress)
    + has<QUrl (Server::*)() const>(&Server::serverUrl)
    + has<Server::SslMode (Server::*)() const>(&Server::secureMode)
    + has<bool (Server::*)(qintptr)>(&Server::setSocketDescriptor)
    + has<qintptr (Server::*)() const>(&Server::socketDescriptor)
#if QT_DEPRECATED_SINCE(6, 2)
    + has<bool (Server::*)(qintptr)>(&Server::setNativeDescriptor)
    + has<qintptr (Server::*)() const>(&Server::nativeDescriptor)
#endif
    + has<bool (Server::*)() const>(&Server::hasPendingConnections)
    + has<Socket *(Server::*)()>(&Server::nextPendingConnection)
    + has<CloseCode (Server::*)() const>(&Server::error)
    + has<QString (Server::*)() const>(&Server::errorString)
    + has<void (Server::*)()>(&Server::pauseAccepting) + has<void (Server::*)()>(&Server::resumeAccepting)
    + has<void (Server::*)(const QString &)>(&Server::setServerName)
    + has<QString (Server::*)() const>(&Server::serverName)
    + has<void (Server::*)(const QStringList &)>(&Server::setSupportedSubprotocols)
    + has<QStringList (Server::*)() const>(&Server::supportedSubprotocols)
    + has<void (Server::*)(const Proxy &)>(&Server::setProxy) + has<Proxy (Server::*)() const>(&Server::proxy)
    + has<void (Server::*)(const Tls &)>(&Server::setSslConfiguration)
    + has<Tls (Server::*)() const>(&Server::sslConfiguration)
    + has<QList<Version> (Server::*)() const>(&Server::supportedVersions)
    + has<void (Server::*)(QTcpSocket *) const>(&Server::handleConnection);

constexpr int ServerSignals =
    has<void (Server::*)(SocketError)>(&Server::acceptError)
    + has<void (Server::*)(CloseCode)>(&Server::serverError)
    + has<void (Server::*)(Cors *)>(&Server::originAuthenticationRequired)
    + has<void (Server::*)()>(&Server::newConnection)
    + has<void (Server::*)(const QSslError &)>(&Server::peerVerifyError)
    + has<void (Server::*)(const Errors &)>(&Server::sslErrors)
    + has<void (Server::*)(Authenticator *)>(&Server::preSharedKeyAuthenticationRequired)
    + has<void (Server::*)(QSsl::AlertLevel, QSsl::AlertType, const QString &)>(&Server::alertSent)
    + has<void (Server::*)(QSsl::AlertLevel, QSsl::AlertType, const QString &)>(&Server::alertReceived)
    + has<void (Server::*)(const QSslError &)>(&Server::handshakeInterruptedOnError)
    + has<void (Server::*)()>(&Server::closed);

constexpr int ValueFunctions =
    has<void (Cors::*)(Cors &) noexcept>(&Cors::swap) + has<QString (Cors::*)() const>(&Cors::origin)
    + has<void (Cors::*)(bool)>(&Cors::setAllowed) + has<bool (Cors::*)() const>(&Cors::allowed)
    + has<Cors &(Cors::*)(const Cors &)>(&Cors::operator=)
    + has<Cors &(Cors::*)(Cors &&) noexcept>(&Cors::operator=)
    + has<void (Options::*)(Options &) noexcept>(&Options::swap)
    + has<QStringList (Options::*)() const>(&Options::subprotocols)
    + has<void (Options::*)(const QStringList &)>(&Options::setSubprotocols)
    + has<Options &(Options::*)(const Options &)>(&Options::operator=)
    + has<Options &(Options::*)(Options &&) noexcept>(&Options::operator=)
    + has<bool (QMaskGenerator::*)()>(&QMaskGenerator::seed)
    + has<quint32 (QMaskGenerator::*)()>(&QMaskGenerator::nextMask);
QT_WARNING_POP

static_assert(SocketFunctions == 45 && SocketSlots == 7);
static_assert(SocketSignals == (COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0) ? 21 : 19));
static_assert(ServerFunctions >= 31 && ServerSignals == 11 && ValueFunctions == 13);

// --- constructors, and what is virtual

template <typename Type, typename... Arguments>
constexpr bool isExplicit =
    std::is_constructible_v<Type, Arguments...> && !std::is_convertible_v<Arguments..., Type>;

static_assert(std::is_base_of_v<QObject, Socket> && std::is_base_of_v<QObject, Server>);
static_assert(std::is_base_of_v<QObject, QMaskGenerator> && std::is_abstract_v<QMaskGenerator>);
static_assert(std::is_default_constructible_v<Socket> && isExplicit<Socket, QString>);
static_assert(std::is_constructible_v<
                  Socket, QString, Version> && std::is_constructible_v<Socket, QString, Version, QObject *>);
static_assert(std::is_constructible_v<Server, QString, Server::SslMode>);
static_assert(std::is_constructible_v<Server, QString, Server::SslMode, QObject *>);
static_assert(!std::is_default_constructible_v<Server> && !std::is_constructible_v<Server, QString>);
static_assert(!std::is_copy_constructible_v<Socket> && !std::is_copy_constructible_v<Server>);
static_assert(!std::is_copy_assignable_v<Socket> && !std::is_copy_assignable_v<Server>);
static_assert(isExplicit<Cors, QString> && isExplicit<Cors, const Cors &>);
static_assert(std::is_nothrow_move_constructible_v<Cors> && std::is_convertible_v<Cors &&, Cors>);
static_assert(std::is_default_constructible_v<Options> && std::is_convertible_v<const Options &, Options>);
static_assert(std::is_nothrow_move_constructible_v<Options>);
static_assert(std::is_same_v<decltype(std::declval<Options>() == std::declval<Options>()), bool>);
static_assert(std::is_same_v<decltype(std::declval<Options>() != std::declval<Options>()), bool>);
static_assert(std::has_virtual_destructor_v<Socket> && std::has_virtual_destructor_v<Server>);
static_assert(std::is_enum_v<Version> && std::is_convertible_v<Version, int>);
static_assert(std::is_enum_v<CloseCode> && std::is_convertible_v<CloseCode, int>);
static_assert(std::is_convertible_v<Server::SslMode, int>);
static_assert(Server::SecureMode == 0 && Server::NonSecureMode == 1);

// --- default arguments

template <typename T>
using Closes = decltype(std::declval<T &>().close(), std::declval<T &>().close(CloseCode()));
static_assert(std::is_same_v<Closes<Socket>, void>);
static_assert(std::is_same_v<decltype(std::declval<Socket &>().ping()), void>);
static_assert(std::is_same_v<decltype(std::declval<Server &>().listen()), bool>);
static_assert(std::is_same_v<decltype(std::declval<Server &>().listen(Address())), bool>);

// --- the meta-objects

QStringList methodsOf(const QMetaObject &metaObject, QMetaMethod::MethodType type)
{
    QStringList signatures;
    for (int i = metaObject.methodOffset(); i < metaObject.methodCount(); ++i) {
        const QMetaMethod method = metaObject.method(i);
        if (method.methodType() == type && method.access() == QMetaMethod::Public) {
            signatures.append(QLatin1StringView(method.typeName()) + u' '
                              + QLatin1StringView(method.methodSignature().constData()) + u' '
                              + QString::fromLatin1(method.parameterNames().join(',')));
        }
    }
    signatures.sort();
    return signatures;
}

QStringList sorted(QStringList list)
{
    list.sort();
    return list;
}

#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0)
const QStringList NewerSignals = {u"void authenticationRequired(QAuthenticator*) authenticator"_s,
                                  u"void errorOccurred(QAbstractSocket::SocketError) error"_s};
#else
const QStringList NewerSignals;
#endif

const QStringList SocketSignalSignatures = {
    u"void aboutToClose() "_s,
    u"void connected() "_s,
    u"void disconnected() "_s,
    u"void stateChanged(QAbstractSocket::SocketState) state"_s,
    u"void proxyAuthenticationRequired(QNetworkProxy,QAuthenticator*) proxy,pAuthenticator"_s,
    u"void readChannelFinished() "_s,
    u"void textFrameReceived(QString,bool) frame,isLastFrame"_s,
    u"void binaryFrameReceived(QByteArray,bool) frame,isLastFrame"_s,
    u"void textMessageReceived(QString) message"_s,
    u"void binaryMessageReceived(QByteArray) message"_s,
    u"void error(QAbstractSocket::SocketError) error"_s,
    u"void pong(qulonglong,QByteArray) elapsedTime,payload"_s,
    u"void bytesWritten(qlonglong) bytes"_s,
    u"void peerVerifyError(QSslError) error"_s,
    u"void sslErrors(QList<QSslError>) errors"_s,
    u"void preSharedKeyAuthenticationRequired(QSslPreSharedKeyAuthenticator*) authenticator"_s,
    u"void alertSent(QSsl::AlertLevel,QSsl::AlertType,QString) level,type,description"_s,
    u"void alertReceived(QSsl::AlertLevel,QSsl::AlertType,QString) level,type,description"_s,
    u"void handshakeInterruptedOnError(QSslError) error"_s};

const QStringList SocketSlotSignatures = {
    u"void close(QWebSocketProtocol::CloseCode,QString) closeCode,reason"_s,
    u"void close(QWebSocketProtocol::CloseCode) closeCode"_s,
    u"void close() "_s,
    u"void open(QUrl) url"_s,
    u"void open(QNetworkRequest) request"_s,
    u"void open(QUrl,QWebSocketHandshakeOptions) url,options"_s,
    u"void open(QNetworkRequest,QWebSocketHandshakeOptions) request,options"_s,
    u"void ping(QByteArray) payload"_s,
    u"void ping() "_s,
    u"void ignoreSslErrors() "_s};

const QStringList ServerSignalSignatures = {
    u"void acceptError(QAbstractSocket::SocketError) socketError"_s,
    u"void serverError(QWebSocketProtocol::CloseCode) closeCode"_s,
    u"void originAuthenticationRequired(QWebSocketCorsAuthenticator*) pAuthenticator"_s,
    u"void newConnection() "_s,
    u"void peerVerifyError(QSslError) error"_s,
    u"void sslErrors(QList<QSslError>) errors"_s,
    u"void preSharedKeyAuthenticationRequired(QSslPreSharedKeyAuthenticator*) authenticator"_s,
    u"void alertSent(QSsl::AlertLevel,QSsl::AlertType,QString) level,type,description"_s,
    u"void alertReceived(QSsl::AlertLevel,QSsl::AlertType,QString) level,type,description"_s,
    u"void handshakeInterruptedOnError(QSslError) error"_s,
    u"void closed() "_s};
} // namespace

class TestInterface : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void socketHasItsSignals();
    void socketHasItsSlots();
    void serverHasItsSignals();
    void serverHasNoSlots();
    void classesHaveTheirNames();
    void classesHaveNoProperties();
    void modesHaveNames();
    void slotsCanBeInvokedByName();
    void signalsCanBeConnectedByName();
};

void TestInterface::socketHasItsSignals()
{
    QCOMPARE(methodsOf(QWebSocket::staticMetaObject, QMetaMethod::Signal),
             sorted(SocketSignalSignatures + NewerSignals));
}

void TestInterface::socketHasItsSlots()
{
    QCOMPARE(methodsOf(QWebSocket::staticMetaObject, QMetaMethod::Slot), sorted(SocketSlotSignatures));
    QCOMPARE(methodsOf(QWebSocket::staticMetaObject, QMetaMethod::Method), QStringList());
}

void TestInterface::serverHasItsSignals()
{
    QCOMPARE(methodsOf(QWebSocketServer::staticMetaObject, QMetaMethod::Signal),
             sorted(ServerSignalSignatures));
}

void TestInterface::serverHasNoSlots()
{
    QCOMPARE(methodsOf(QWebSocketServer::staticMetaObject, QMetaMethod::Slot), QStringList());
    QCOMPARE(methodsOf(QWebSocketServer::staticMetaObject, QMetaMethod::Method), QStringList());
}

void TestInterface::classesHaveTheirNames()
{
    QCOMPARE(QWebSocket::staticMetaObject.className(), "QWebSocket");
    QCOMPARE(QWebSocketServer::staticMetaObject.className(), "QWebSocketServer");
    QCOMPARE(QWebSocket::staticMetaObject.superClass(), &QObject::staticMetaObject);
    QCOMPARE(QWebSocketServer::staticMetaObject.superClass(), &QObject::staticMetaObject);
}

void TestInterface::classesHaveNoProperties()
{
    QCOMPARE(QWebSocket::staticMetaObject.propertyCount(), QObject::staticMetaObject.propertyCount());
    QCOMPARE(QWebSocketServer::staticMetaObject.propertyCount(), QObject::staticMetaObject.propertyCount());
}

void TestInterface::modesHaveNames()
{
    const QMetaEnum modes = QMetaEnum::fromType<QWebSocketServer::SslMode>();
    QCOMPARE(modes.keyCount(), 2);
    QCOMPARE(modes.valueToKey(QWebSocketServer::SecureMode), "SecureMode");
    QCOMPARE(modes.valueToKey(QWebSocketServer::NonSecureMode), "NonSecureMode");
    QCOMPARE(QWebSocketServer::staticMetaObject.enumeratorCount(), 1);
    QCOMPARE(QWebSocket::staticMetaObject.enumeratorCount(), 0);
}

void TestInterface::slotsCanBeInvokedByName()
{
    QWebSocket socket;
    QVERIFY(QMetaObject::invokeMethod(&socket, "ping"));
    QVERIFY(QMetaObject::invokeMethod(&socket, "ignoreSslErrors"));
    QVERIFY(QMetaObject::invokeMethod(&socket, "close"));
}

void TestInterface::signalsCanBeConnectedByName()
{
    QWebSocket socket;
    QWebSocketServer server(u"the tests"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(connect(&socket, SIGNAL(textMessageReceived(QString)), &server, SIGNAL(newConnection())));
    QVERIFY(connect(&socket, SIGNAL(error(QAbstractSocket::SocketError)), &server, SIGNAL(closed())));
    QVERIFY(connect(&server, SIGNAL(closed()), &socket, SLOT(ping())));
    QVERIFY(connect(&server, SIGNAL(closed()), &socket, SLOT(close())));
}

QTEST_GUILESS_MAIN(TestInterface)
#include "tst_qwebsocketsinterface.moc"
