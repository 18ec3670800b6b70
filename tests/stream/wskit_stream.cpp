// SPDX-License-Identifier: MIT

// How much memory a large message takes on its way from one process to another.
//
//   wskit_stream --size 4096             one message of 4 GiB, written to and read from a WsMessageStream
//   wskit_stream --slow 10               10 seconds of messages, as many as drained() allows, and a slow
//   reader
//
// The program that is started sends; it starts itself once more to receive. --tls and --deflate are for both.

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcryptographichash.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qfile.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtextstream.h>
#include <QtCore/qtimer.h>

#include <cstdio>
#include <functional>

using namespace Qt::StringLiterals;

namespace {
constexpr qint64 KiB = 1024;
constexpr qint64 MiB = 1024 * KiB;
constexpr qint64 BlockSize = 64 * KiB;
constexpr qint64 MessageSize = 16 * KiB;

void print(const QString &line)
{
    QTextStream(stdout) << line << Qt::endl;
}

// In KiB: a field of this process, as VmHWM, the most memory that it ever had, or VmRSS, what it has.
qint64 memory(QByteArrayView field)
{
    QFile file(u"/proc/self/status"_s);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QList<QByteArray> lines = file.readAll().split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith(field))
            return line.sliced(field.size() + 1).simplified().split(' ').value(0).toLongLong();
    }
    return 0;
}

// What compression makes shorter, and no two blocks are alike.
QByteArray block(qint64 number)
{
    static const QByteArray base = [] {
        QByteArray bytes(BlockSize + 4096, Qt::Uninitialized);
        for (qsizetype i = 0; i < bytes.size(); ++i)
            bytes[i] = char(i * 7 + i / 251);
        return bytes;
    }();
    return base.sliced(number * 61 % 4096, BlockSize - 8) + QByteArray::number(10'000'000 + number);
}

QString certificateFile(const QString &name)
{
    return QStringLiteral(WSKIT_TEST_CERTIFICATES "/") + name;
}

int fail(const QString &text)
{
    QTextStream(stderr) << text << Qt::endl;
    return 1;
}

struct Settings
{
    bool isTls = false;
    bool isCompressed = false;
    qint64 size = 0;
    qint64 growth = 0;
    int slowSeconds = 0;

    WsOptions options() const
    {
        WsCompression compression;
        compression.setEnabled(isCompressed);
        WsOptions options;
        options.setCompression(compression);
        return options;
    }
};

// A line with the size, the hash of what was sent or received, and how far the memory grew beyond \a before.
QString report(const char *what, qint64 size, const QCryptographicHash &hash, qint64 before)
{
    const qint64 peak = memory("VmHWM:");
    return u"%1 %2 bytes, sha1 %3, peak %4 KiB, grown by %5 KiB"_s.arg(
        QLatin1StringView(what), QString::number(size), QString::fromLatin1(hash.result().toHex()),
        QString::number(peak), QString::number(peak - before));
}

// --- the receiver

void hashStream(WsMessageStream *stream)
{
    const auto hash = std::make_shared<QCryptographicHash>(QCryptographicHash::Sha1);
    const auto size = std::make_shared<qint64>(0);
    const qint64 before = memory("VmHWM:");
    QObject::connect(stream, &QIODevice::readyRead, stream, [=] {
        const QByteArray bytes = stream->readAll();
        *size += bytes.size();
        hash->addData(bytes);
    });
    QObject::connect(stream, &QIODevice::readChannelFinished, stream, [=] {
        if (stream->isComplete())
            print(report("received", *size, *hash, before));
        stream->connection()->close();
    });
}

// A message every two milliseconds.
void takeSlowly(WsConnection *connection)
{
    auto *timer = new QTimer(connection);
    const auto taken = std::make_shared<qint64>(0);
    QObject::connect(timer, &QTimer::timeout, connection, [=] {
        if (connection->receive().isFinished())
            ++*taken;
    });
    timer->start(2);
    auto *reporter = new QTimer(connection);
    QObject::connect(reporter, &QTimer::timeout, connection, [=] {
        const WsStatistics statistics = connection->statistics();
        print(u"reader: %1 KiB, read %2 KiB, unread %3 KiB"_s.arg(memory("VmRSS:"))
                  .arg(statistics.payloadBytesReceived / KiB)
                  .arg((statistics.payloadBytesReceived - *taken * MessageSize) / KiB));
    });
    reporter->start(500);
}

int receive(const Settings &settings)
{
    WsServer server;
    server.setOptions(settings.options());
    const QString certificate = certificateFile(u"server.crt"_s);
    if (settings.isTls && !server.setLocalCertificate(certificate, certificateFile(u"server.key"_s)))
        return fail(server.errorString());
    server.setConnectionHandler([&](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::closed, qApp, &QCoreApplication::quit);
        if (settings.slowSeconds > 0) {
            takeSlowly(connection);
            return;
        }
        connection->setBinaryType(Ws::Stream);
        QObject::connect(connection, &WsConnection::messageStarted, connection, &hashStream);
    });
    if (!server.listen())
        return 1;
    QUrl url = server.serverUrl();
    url.setHost(u"localhost"_s);
    print(u"listening on "_s + url.toString());
    return QCoreApplication::exec();
}

// --- the sender

void sendStream(WsConnection *connection, qint64 blocks, const std::function<void(const QString &)> &tell)
{
    const auto hash = std::make_shared<QCryptographicHash>(QCryptographicHash::Sha1);
    const auto sent = std::make_shared<qint64>(0);
    const qint64 before = memory("VmHWM:");
    WsMessageStream *stream = connection->openMessage(Ws::Binary);
    const auto sendMore = [=] {
        for (; *sent < blocks && stream->bytesToWrite() < MiB; ++*sent) {
            const QByteArray bytes = block(*sent);
            hash->addData(bytes);
            stream->write(bytes);
        }
        if (*sent < blocks || !stream->isOpen())
            return;
        stream->close();
        tell(report("sent", blocks * BlockSize, *hash, before));
    };
    QObject::connect(stream, &QIODevice::bytesWritten, stream, sendMore);
    sendMore();
}

void sendMessages(WsConnection *connection, int seconds)
{
    const auto number = std::make_shared<qint64>(0);
    const auto sendMore = [=] {
        while (connection->state() == Ws::Open
               && connection->bufferedAmount() <= connection->options().highWaterMark())
            connection->sendBinary(block((*number)++).first(MessageSize));
    };
    QObject::connect(connection, &WsConnection::drained, connection, sendMore);
    auto *reporter = new QTimer(connection);
    QElapsedTimer elapsed;
    elapsed.start();
    QObject::connect(reporter, &QTimer::timeout, connection, [=] {
        print(u"%1 s: sender: %2 KiB, buffered %3 KiB, sent %4 KiB"_s
                  .arg(double(elapsed.elapsed()) / 1000, 0, 'f', 1)
                  .arg(memory("VmRSS:"))
                  .arg(connection->bufferedAmount() / KiB)
                  .arg(*number * MessageSize / KiB));
        if (elapsed.elapsed() > seconds * 1000)
            connection->abort();
    });
    reporter->start(500);
    sendMore();
}

// Both processes have told the same sum, and neither of them needed much memory for it.
bool isRight(const Settings &settings, const QStringList &reports)
{
    const QString sum = reports.value(0).section(u' ', 1, 4);
    bool isInBounds = reports.size() == 2 && reports.at(1).section(u' ', 1, 4) == sum;
    for (const QString &line : reports)
        isInBounds =
            isInBounds
            && (settings.growth == 0 || line.section(u' ', -2, -2).toLongLong() < settings.growth * KiB);
    return isInBounds;
}

int send(const Settings &settings)
{
    QProcess receiver;
    WsClient client;
    client.setOptions(settings.options());
    if (!client.setCaCertificates(certificateFile(u"ca.crt"_s)))
        return fail(client.errorString());
    receiver.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    receiver.start(QCoreApplication::applicationFilePath(),
                   QCoreApplication::arguments().sliced(1) + QStringList{u"--receive"_s});
    QString lastLine;
    QObject::connect(&receiver, &QProcess::readyReadStandardOutput, &client, [&] {
        while (receiver.canReadLine()) {
            lastLine = QString::fromUtf8(receiver.readLine()).trimmed();
            print(lastLine);
            if (lastLine.startsWith(u"listening on "))
                client.open(QUrl(lastLine.section(u' ', 2)));
        }
    });
    QString sentLine;
    QObject::connect(&client, &WsConnection::opened, &client, [&] {
        if (settings.slowSeconds > 0)
            sendMessages(&client, settings.slowSeconds);
        else
            sendStream(&client, settings.size * MiB / BlockSize, [&](const QString &line) {
                sentLine = line;
                print(line);
            });
    });
    QObject::connect(&receiver, &QProcess::finished, qApp, &QCoreApplication::quit);
    QCoreApplication::exec();
    return settings.slowSeconds > 0 || isRight(settings, {lastLine, sentLine}) ? 0 : 1;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOptions({{u"size"_s, u"One message of this many MiB."_s, u"MiB"_s, u"64"_s},
                       {u"growth"_s, u"Fail where a process needs more memory for it than this."_s, u"MiB"_s},
                       {u"slow"_s, u"Instead, many messages to a slow reader."_s, u"seconds"_s},
                       {u"tls"_s, u"Over wss."_s},
                       {u"deflate"_s, u"Compressed."_s},
                       {u"receive"_s, u"Be the receiver."_s}});
    parser.process(application);
    Settings settings;
    settings.isTls = parser.isSet(u"tls"_s);
    settings.isCompressed = parser.isSet(u"deflate"_s);
    settings.size = parser.value(u"size"_s).toLongLong();
    settings.growth = parser.value(u"growth"_s).toLongLong();
    settings.slowSeconds = parser.value(u"slow"_s).toInt();
    return parser.isSet(u"receive"_s) ? receive(settings) : send(settings);
}
