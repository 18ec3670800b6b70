// SPDX-License-Identifier: MIT

// In a slot of every signal of a stream, everything may be done to the stream and to its connection.

#include "elsewhere.h"
#include "faultyconversation.h"
#include "signaltrap.h"

#include <WsKit/WsByteStream>
#include <WsKit/WsMessageStream>

#include <utility>

using namespace FaultTesting;

namespace {
enum class Kind { Reading, Dropping, Writing, Bytes };
enum class Action { Nothing, Delete, Close, DeleteConnection, Abort, CloseConnection, Open, Move };

QString nameOf(Action action)
{
    static const char *const names[] = {"nothing", "delete",           "close", "delete connection",
                                        "abort",   "close connection", "open",  "move"};
    return QLatin1StringView(names[size_t(action)]);
}

class Stage
{
public:
    Stage(Kind kind, Action action, QThread &thread)
        : c(WsRole::Client, settings(), std::make_shared<FaultPlan>()), m_kind(kind), m_action(action),
          m_thread(thread)
    {
    }
    ~Stage()
    {
        if (stream && stream->thread() == QThread::currentThread())
            delete stream;
    }

    // Calls \a watch with the stream when it exists.
    void play(const std::function<void(QIODevice *)> &watch)
    {
        c.open();
        c.act([&](WsConnection &us) { make(us, watch); });
        c.limitRoom(100);
        write(QByteArray(3000, 'x'));
        c.receive({binary("one").notFinal()});
        read();
        if (m_kind == Kind::Dropping && isHere())
            stream->close();
        settle();
        c.receive({continuation("two").notFinal()});
        c.take(1000);
        c.take(FakeWire::Unlimited);
        write("last");
        read();
        c.receive({continuation("three")});
        read();
        if (m_kind == Kind::Writing && isHere())
            stream->close();
        settle();
        c.receive({binary("never to end").notFinal()});
        c.receive({closing(3000, "bye")});
        c.endPeer();
        read();
        if (m_kind == Kind::Bytes && isHere())
            stream->close();
        settle();
    }
    void act()
    {
        WsConnection *const us = c.us();
        switch (m_action) {
        case Action::Nothing:
            break;
        case Action::Delete:
            delete stream;
            break;
        case Action::Close:
            stream->close();
            break;
        case Action::DeleteConnection:
            delete us;
            break;
        case Action::Abort:
            us->abort();
            break;
        case Action::CloseConnection:
            us->close(3000);
            break;
        case Action::Open:
            us->abort();
            (void)c.client()->open(QUrl(u"ws://example.com/again"_s));
            break;
        case Action::Move:
            us->moveToThread(&m_thread);
            break;
        }
    }

    Conversation c;
    QPointer<QIODevice> stream;

private:
    static Settings settings()
    {
        Settings settings;
        settings.options.setHighWaterMark(2000);
        return settings;
    }
    bool isHere() const { return stream && stream->thread() == QThread::currentThread(); }
    void make(WsConnection &us, const std::function<void(QIODevice *)> &watch)
    {
        if (m_kind == Kind::Reading || m_kind == Kind::Dropping) {
            us.setBinaryType(Ws::Stream);
            QObject::connect(&us, &WsConnection::messageStarted, &us,
                             [this, watch](WsMessageStream *started) {
                                 if (std::exchange(m_isStarted, true))
                                     return;
                                 stream = started;
                                 watch(started);
                             });
            return;
        }
        stream = m_kind == Kind::Writing ? static_cast<QIODevice *>(us.openMessage(Ws::Binary))
                                         : new WsByteStream(&us, &us);
        watch(stream);
    }
    void write(const QByteArray &bytes)
    {
        const bool isWritten = m_kind == Kind::Writing || m_kind == Kind::Bytes;
        if (isWritten && isHere() && stream->isOpen())
            stream->write(bytes);
        settle();
    }
    void read()
    {
        if (m_kind != Kind::Writing && isHere() && stream->isOpen())
            stream->readAll();
        settle();
    }

    const Kind m_kind;
    const Action m_action;
    QThread &m_thread;
    bool m_isStarted = false;
};

struct Counted
{
    int count = 0;
    QString problem;
};

Counted play(Kind kind, const QMetaMethod &signal, int number, Action action)
{
    Elsewhere elsewhere;
    Stage stage(kind, action, elsewhere.thread);
    std::unique_ptr<SignalTrap> trap;
    stage.play([&](QIODevice *stream) {
        trap = std::make_unique<SignalTrap>(stream, signal, number, [&stage] { stage.act(); });
    });
    if (stage.c.us() && !stage.c.isHere())
        stage.c.side().log.reset(); // which would be told later, when there is no client
    elsewhere.remove(stage.c.side().connection);
    stage.c.act([](WsConnection &us) { us.abort(); });
    stage.c.passTime();
    Counted result;
    result.count = trap ? trap->count() : 0;
    const QStringList told = stage.c.told(); // nothing of a client that has moved
    const bool isGone = action == Action::DeleteConnection || action == Action::Move;
    if (!isGone && told.count(u"Connecting"_s) != told.filter(u"closed "_s).size())
        result.problem = told.join(u", ");
    return result;
}
} // namespace

class TestAnySlotStreams : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everySignal_data();
    void everySignal();
};

void TestAnySlotStreams::everySignal_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QMetaMethod>("signal");
    const auto add = [](const char *name, Kind kind, const QMetaObject &meta, const QByteArrayList &never) {
        for (const QMetaMethod &signal : signalsOf(meta)) {
            if (!signal.name().startsWith("channel") && !never.contains(signal.name()))
                QTest::addRow("%s, %s", name, signal.name().constData()) << int(kind) << signal;
        }
    };
    add("message that is read", Kind::Reading, WsMessageStream::staticMetaObject,
        {"bytesWritten", "aboutToClose"});
    add("message that is dropped", Kind::Dropping, WsMessageStream::staticMetaObject,
        {"bytesWritten", "readChannelFinished"});
    add("message that is written", Kind::Writing, WsMessageStream::staticMetaObject,
        {"readyRead", "readChannelFinished"});
    add("bytes", Kind::Bytes, WsByteStream::staticMetaObject, {});
}

void TestAnySlotStreams::everySignal()
{
    QFETCH(const int, kind);
    QFETCH(const QMetaMethod, signal);
    const Counted all = play(Kind(kind), signal, -1, Action::Nothing);
    QVERIFY2(all.problem.isEmpty(), qPrintable(all.problem));
    QVERIFY2(all.count > 0, "the conversation does not make the stream emit it");
    for (int number = 0; number < all.count; ++number) {
        for (int action = int(Action::Delete); action <= int(Action::Move); ++action) {
            const QString wrong = play(Kind(kind), signal, number, Action(action)).problem;
            QVERIFY2(wrong.isEmpty(), qPrintable(u"emission %1, %2: %3"_s.arg(
                                          QString::number(number), nameOf(Action(action)), wrong)));
        }
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestAnySlotStreams)
#include "tst_anyslot_streams.moc"
