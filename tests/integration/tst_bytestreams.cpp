// SPDX-License-Identifier: MIT
#include "../unit/heldmemory.h"
#include "integrationtesting.h"

#include <WsKit/WsByteStream>

#include <QtCore/qdatastream.h>
#include <QtCore/qprocess.h>
#include <QtCore/qrandom.h>
#include <QtCore/qsavefile.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qtextstream.h>
#include <QtCore/qthread.h>

#include <memory>

using namespace IntegrationTesting;

class TestByteStreams : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dataStreamReadsInTransactions_data() { addTransports(); }
    void dataStreamReadsInTransactions();
    void takenConnectionMayBeWaitedForAtOnce();
    void hundredMebibytesGoBothWaysAtOnce_data() { addSchemes(); }
    void hundredMebibytesGoBothWaysAtOnce();
    void slowReaderHoldsUpTheWriter_data() { addTransports(); }
    void slowReaderHoldsUpTheWriter();
    void threadWithoutEventLoopWaits_data() { addSchemes(); }
    void threadWithoutEventLoopWaits();
    void waitingEndsWithTheConnection();
    void waitingEndsIfTooMuchIsUnread();
    void streamMovesWithItsConnection();
    void textStreamSpeaksALineProtocol();
    void processIsPipedThroughIt();
    void fileIsSavedFromIt();
    void closeSendsEverythingThatWasWritten_data() { addSchemes(); }
    void closeSendsEverythingThatWasWritten();
};

namespace {
// A stream at each end.
struct Streams : Pair
{
    explicit Streams(bool isTls = false, const WsOptions &options = {}) : Pair(isTls)
    {
        setOptions(options);
        QObject::connect(&server, &WsServer::newConnection, &server, [this](WsConnection *connection) {
            remote = new WsByteStream(connection, connection);
        });
    }

    bool open()
    {
        local = std::make_unique<WsByteStream>(&client);
        return start() && waitFor([this] { return client.state() == Ws::Open && remote; });
    }

    std::unique_ptr<WsByteStream> local;
    QPointer<WsByteStream> remote;
};

// Writes a pattern to a stream, as it takes it, and checks the same as it is read from there.
class Flood : public QObject
{
public:
    Flood(WsByteStream *stream, qint64 size) : m_stream(stream), m_size(size)
    {
        connect(stream, &QIODevice::bytesWritten, this, [this] { write(); });
        connect(stream, &QIODevice::readyRead, this, [this] { read(); });
    }

    void write()
    {
        while (written < m_size && m_stream->bytesToWrite() < 256 * KiB) {
            const qint64 start = written % m_block.size();
            const qint64 size = std::min(m_block.size() - start, m_size - written);
            const qint64 taken = m_stream->write(m_block.constData() + start, size);
            if (taken <= 0)
                return;
            written += taken;
        }
    }
    bool isDone() const { return written == m_size && received == m_size; }

    qint64 written = 0;
    qint64 received = 0;
    bool isRight = true;

private:
    void read()
    {
        while (m_stream->bytesAvailable() > 0) {
            const qint64 start = received % m_block.size();
            const QByteArray bytes = m_stream->read(m_block.size() - start);
            isRight = isRight && QByteArrayView(m_block).sliced(start, bytes.size()) == bytes;
            received += bytes.size();
        }
    }

    WsByteStream *const m_stream;
    const qint64 m_size;
    const QByteArray m_block = pattern(999983); // a prime number
};
} // namespace

// Messages of any size, which have nothing to do with the blocks of the program.
void TestByteStreams::dataStreamReadsInTransactions()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    Streams pair(isTls, compressedOptions(isCompressed));
    QVERIFY(pair.open());
    WsByteStream *const stream = pair.remote;
    QList<QByteArray> received;
    //! [transaction]
    QDataStream in(stream);
    QObject::connect(stream, &QIODevice::readyRead, stream, [&] {
        while (true) {
            QString name;
            QByteArray block;
            in.startTransaction();
            in >> name >> block;
            if (!in.commitTransaction())
                return;
            received.append(name.toUtf8() + block);
        }
    });
    //! [transaction]

    QRandomGenerator random(1);
    QByteArray bytes;
    QList<QByteArray> expected;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    for (int i = 0; i < 300; ++i) {
        const QString name = QString::number(i);
        const QByteArray block = pattern(random.bounded(i % 10 == 0 ? 100000 : 50), i);
        out << name << block;
        expected.append(name.toUtf8() + block);
    }
    for (qsizetype at = 0; at < bytes.size();) {
        const qsizetype size = random.bounded(1, at % 7 == 0 ? 60000 : 300);
        at += pair.local->write(bytes.mid(at, size));
        if (random.bounded(3) == 0)
            pair.local->flush();
        if (random.bounded(10) == 0)
            QCoreApplication::processEvents();
    }
    WS_TRY_COMPARE(received.size(), expected.size());
    QCOMPARE(received, expected);
}

void TestByteStreams::takenConnectionMayBeWaitedForAtOnce()
{
    WsServer server;
    server.setMaxPendingConnections(1);
    QVERIFY(server.listen());
    RawPeer raw;
    QVERIFY(raw.connectTo(server));
    raw.send(RawPeer::upgradeRequest() + frame(BinaryFrame, "hello"));
    const std::unique_ptr<WsConnection> connection(server.waitForConnection(QDeadlineTimer(Patience)));
    QVERIFY(connection);
    WsByteStream stream(connection.get());
    QVERIFY(stream.waitForReadyRead(Patience));
    QCOMPARE(stream.readAll(), "hello"_ba);
}

void TestByteStreams::hundredMebibytesGoBothWaysAtOnce()
{
    QFETCH(const bool, isTls);
    Streams pair(isTls);
    QVERIFY(pair.open());
    Flood local(pair.local.get(), 100 * MiB);
    Flood remote(pair.remote, 100 * MiB);
    const HeldMemory memory;
    qint64 most = 0;
    local.write();
    remote.write();
    QVERIFY(waitWhileItMoves(
        [&] {
            most = std::max(most, memory.growth());
            return local.isDone() && remote.isDone();
        },
        [&] { return local.received + remote.received; }));
    QVERIFY(local.isRight && remote.isRight);
    QVERIFY2(most < 8 * MiB, qPrintable(QString::number(most)));
}

void TestByteStreams::slowReaderHoldsUpTheWriter()
{
    QFETCH(const bool, isTls);
    QFETCH(const bool, isCompressed);
    WsOptions options = compressedOptions(isCompressed);
    options.setHighWaterMark(256 * KiB);
    options.setMaxBufferedAmount(1 * MiB);
    Streams pair(isTls, options);
    QVERIFY(pair.open());
    QRandomGenerator random(1);
    QByteArray bytes(64 * MiB, Qt::Uninitialized);
    random.fillRange(reinterpret_cast<quint32 *>(bytes.data()), bytes.size() / 4);

    const HeldMemory memory;
    qint64 written = 0;
    qint64 most = 0;
    const auto write = [&] {
        written += pair.local->write(bytes.constData() + written, bytes.size() - written);
    };
    QObject::connect(pair.local.get(), &QIODevice::bytesWritten, pair.local.get(), write);
    write();
    qint64 before = -1;
    while (before != written) { // until nothing moves any more
        before = written;
        for (int i = 0; i < 2000; ++i)
            QCoreApplication::processEvents();
    }
    QVERIFY2(written < 30 * MiB, qPrintable(QString::number(written))); // the system's buffers take some
    QVERIFY(pair.remote->bytesAvailable() < 1 * MiB);

    QByteArray part(1 * MiB, Qt::Uninitialized);
    qint64 received = 0;
    QVERIFY(waitWhileItMoves(
        [&] {
            most = std::max(most, memory.growth());
            const qint64 size = std::max<qint64>(0, pair.remote->read(part.data(), 100000));
            if (QByteArrayView(part).first(size) != QByteArrayView(bytes).sliced(received, size))
                qFatal("wrong bytes");
            received += size;
            return received == bytes.size();
        },
        [&] { return received; }));
    QVERIFY2(most < 8 * MiB, qPrintable(QString::number(most)));
}

void TestByteStreams::threadWithoutEventLoopWaits()
{
    QFETCH(const bool, isTls);
    Streams pair(isTls);
    QVERIFY(pair.server.listen());
    QObject::connect(&pair.server, &WsServer::newConnection, &pair.server, [&](WsConnection *) {
        QObject::connect(pair.remote, &QIODevice::readyRead, pair.remote,
                         [&] { pair.remote->write(pair.remote->readAll()); });
    });
    const QByteArray sent = pattern(3 * MiB);
    QByteArray received;
    bool isWritten = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        client.setSslConfiguration(tlsConfiguration());
        WsByteStream stream(&client);
        if (!client.open(pair.url()))
            return;
        qint64 written = 0;
        while (written < sent.size() || received.size() < sent.size()) {
            if (written < sent.size())
                written +=
                    stream.write(sent.constData() + written, std::min<qint64>(100000, sent.size() - written));
            if (stream.bytesToWrite() > 0 && !stream.waitForBytesWritten(Patience))
                return;
            if (stream.bytesAvailable() == 0 && !stream.waitForReadyRead(Patience))
                return;
            received += stream.readAll();
        }
        isWritten = true;
        stream.close();
        client.waitForClosed(QDeadlineTimer(Patience));
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY(isWritten);
    QVERIFY(received == sent);
    WS_TRY_COMPARE(pair.peerEvents->ending(), u"closed 1000 '' clean"_s);
}

void TestByteStreams::waitingEndsWithTheConnection()
{
    Streams pair;
    QVERIFY(pair.server.listen());
    QObject::connect(&pair.server, &WsServer::newConnection, &pair.server, [&](WsConnection *) {
        pair.remote->write("bye");
        pair.remote->close();
    });
    QList<bool> results;
    QByteArray received;
    const QUrl url = pair.url();
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        //! [waiting]
        WsClient client;
        WsByteStream stream(&client);
        results += client.open(url);
        results += stream.waitForReadyRead(-1);
        received = stream.readAll();
        //! [waiting]
        results += stream.waitForReadyRead(-1);
        results += stream.atEnd();
        results += stream.waitForBytesWritten(-1);
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QCOMPARE(received, QByteArray("bye"));
    QCOMPARE(results, (QList<bool>{true, true, false, true, false}));
}

void TestByteStreams::waitingEndsIfTooMuchIsUnread()
{
    Streams pair;
    QVERIFY(pair.server.listen());
    QObject::connect(&pair.server, &WsServer::newConnection, &pair.server,
                     [&](WsConnection *) { pair.remote->write(pattern(8 * MiB)); });
    qint64 most = 0;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        WsClient client;
        WsOptions options;
        options.setHighWaterMark(100000);
        client.setOptions(options);
        WsByteStream stream(&client);
        if (!client.open(pair.url()))
            return;
        while (stream.waitForReadyRead(Patience)) {
        }
        most = stream.bytesAvailable();
    }));
    thread->start();
    WS_TRY_VERIFY(thread->isFinished());
    QVERIFY2(most > 100000 && most < 1 * MiB, qPrintable(QString::number(most)));
}

void TestByteStreams::streamMovesWithItsConnection()
{
    Streams pair;
    QVERIFY(pair.open());
    QThread thread;
    thread.start();
    QByteArray received;
    const qint64 size = 4 * MiB;
    Flood local(pair.local.get(), size);
    WsByteStream *const remote = pair.remote;
    QObject::connect(remote, &QIODevice::readyRead, remote, [remote] { remote->write(remote->readAll()); });
    local.write();
    WS_TRY_VERIFY(local.received > 0);
    pair.peer->moveToThread(&thread); // and the stream, its child
    QCOMPARE(remote->thread(), &thread);
    WS_TRY_VERIFY(local.isDone());
    QVERIFY(local.isRight);
    pair.local->close();
    WS_TRY_VERIFY(pair.client.state() == Ws::Closed);
    WsConnection *const peer = pair.peer;
    if (peer)
        QMetaObject::invokeMethod(peer, [peer] { peer->deleteLater(); });
    thread.quit();
    QVERIFY(thread.wait());
}

void TestByteStreams::textStreamSpeaksALineProtocol()
{
    Streams pair;
    QVERIFY(pair.open());
    QTextStream remote(pair.remote);
    QObject::connect(pair.remote, &QIODevice::readyRead, pair.remote, [&] {
        while (pair.remote->canReadLine()) {
            const QString line = QString::fromUtf8(pair.remote->readLine()).trimmed();
            remote << (line == u"HELO" ? u"250 hello"_s : u"500 what is “%1”?"_s.arg(line)) << Qt::endl;
        }
    });
    QStringList answers;
    QObject::connect(pair.local.get(), &QIODevice::readyRead, pair.local.get(), [&] {
        while (pair.local->canReadLine())
            answers += QString::fromUtf8(pair.local->readLine()).trimmed();
    });
    QTextStream local(pair.local.get());
    local << "HE" << Qt::flush;
    QCoreApplication::processEvents();
    local << "LO\r\n"
          << "QUIT\r\n"
          << Qt::flush;
    WS_TRY_COMPARE(answers.size(), 2);
    QCOMPARE(answers, (QStringList{u"250 hello"_s, u"500 what is “QUIT”?"_s}));
}

// A program at the other end, as inetd does it.
void TestByteStreams::processIsPipedThroughIt()
{
    Streams pair;
    QVERIFY(pair.open());
    QProcess process;
    QObject::connect(pair.remote, &QIODevice::readyRead, &process,
                     [&] { process.write(pair.remote->readAll()); });
    QObject::connect(&process, &QIODevice::readyRead, pair.remote,
                     [&] { pair.remote->write(process.readAll()); });
    QObject::connect(&process, &QProcess::finished, pair.remote, [&] { pair.remote->close(); });
    process.start(u"sed"_s, {u"-u"_s, u"-e"_s, u"s/^/> /; /end/q"_s});
    QVERIFY(process.waitForStarted());
    pair.local->write("one\ntwo\nend\n");
    QByteArray received;
    QObject::connect(pair.local.get(), &QIODevice::readyRead, pair.local.get(),
                     [&] { received += pair.local->readAll(); });
    WS_TRY_VERIFY(pair.client.state() == Ws::Closed);
    QCOMPARE(received, QByteArray("> one\n> two\n> end\n"));
    QCOMPARE(pair.client.closeCode(), Ws::Normal);
}

void TestByteStreams::fileIsSavedFromIt()
{
    const QTemporaryDir folder;
    QSaveFile file(folder.filePath(u"file"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    Streams pair;
    QVERIFY(pair.open());
    const auto save = [&] { file.write(pair.remote->readAll()); };
    QObject::connect(pair.remote, &QIODevice::readyRead, &file, save);
    bool isSaved = false;
    QObject::connect(pair.remote, &QIODevice::readChannelFinished, &file, [&] {
        save();
        isSaved = pair.peer->closeCode() == Ws::Normal && file.commit();
    });
    const QByteArray bytes = pattern(2 * MiB);
    QCOMPARE(pair.local->write(bytes), bytes.size());
    pair.local->close();
    WS_TRY_VERIFY(isSaved);
    QFile saved(file.fileName());
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QVERIFY(saved.readAll() == bytes);
}

void TestByteStreams::closeSendsEverythingThatWasWritten()
{
    QFETCH(const bool, isTls);
    Streams pair(isTls);
    QVERIFY(pair.open());
    QByteArray received;
    bool isFinished = false;
    QObject::connect(pair.remote, &QIODevice::readyRead, pair.remote,
                     [&] { received += pair.remote->readAll(); });
    QObject::connect(pair.remote, &QIODevice::readChannelFinished, pair.remote, [&] { isFinished = true; });
    const QByteArray bytes = pattern(8 * MiB);
    QCOMPARE(pair.local->write(bytes), bytes.size());
    pair.local.reset(); // which closes it
    WS_TRY_VERIFY(isFinished);
    QVERIFY(received == bytes);
    WS_TRY_COMPARE(pair.events.ending(), u"closed 1000 '' clean"_s);
}

#include "tst_bytestreams.moc"

#include "../testprogram.h"
WSKIT_TEST(TestByteStreams)
