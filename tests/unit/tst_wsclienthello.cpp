// SPDX-License-Identifier: MIT

// The first message of a TLS client: whole, in several records, at every split, and changed.

#include "protocol/wsclienthello.h"

#include "../testprogram.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using Result = WsClientHello::Result;

namespace {
QByteArray number(qsizetype value, int size)
{
    QByteArray bytes;
    while (size-- > 0)
        bytes += char(value >> (8 * size));
    return bytes;
}

QByteArray vector(const QByteArray &content, int lengthSize)
{
    return number(content.size(), lengthSize) + content;
}

QByteArray extension(int type, const QByteArray &content)
{
    return number(type, 2) + vector(content, 2);
}

QByteArray serverName(const QByteArray &name)
{
    return extension(0, vector(number(0, 1) + vector(name, 2), 2));
}

// What follows the version up to the extensions.
QByteArray start()
{
    return number(0x0303, 2) + QByteArray(32, 'r') + vector(QByteArray(32, 's'), 1)
           + vector(QByteArray::fromHex("130113021303"), 2) + vector(QByteArray(1, '\0'), 1);
}

QByteArray message(const QByteArray &extensions)
{
    return number(1, 1) + vector(start() + vector(extensions, 2), 3);
}

QByteArray record(const QByteArray &fragment, int type = 22)
{
    return number(type, 1) + number(0x0301, 2) + vector(fragment, 2);
}

QByteArray hello(const QByteArray &extensions)
{
    return record(message(extensions));
}

// Records with \a size bytes of it each.
QByteArray divided(const QByteArray &bytes, qsizetype size)
{
    QByteArray records;
    for (qsizetype at = 0; at < bytes.size(); at += size)
        records += record(bytes.mid(at, size));
    return records;
}

const QByteArray Alpn = extension(16, vector(vector("http/1.1", 1), 2));

// As tests compare it.
QString told(const WsClientHello &hello)
{
    switch (hello.result) {
    case Result::NeedsBytes:
        return u"needs bytes"_s;
    case Result::Unreadable:
        return u"unreadable"_s;
    case Result::Complete:
        break;
    }
    return u"\"%1\""_s.arg(QString::fromLatin1(hello.serverName));
}
} // namespace

class TestWsClientHello : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nameIsRead_data();
    void nameIsRead();
    void otherBytesAreUnreadable_data();
    void otherBytesAreUnreadable();
    void messageIsLimited();
    void everyLengthIsChecked();
    void changedMessageIsNeverReadBeyondItsEnd();
};

void TestWsClientHello::nameIsRead_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("name");
    const auto row = [](const char *title, const QByteArray &bytes, const QString &name) {
        QTest::newRow(title) << bytes << u"\"%1\""_s.arg(name);
    };
    const QByteArray example = serverName("Example.com");
    row("name", hello(example), u"Example.com"_s);
    row("among other extensions", hello(Alpn + example + Alpn), u"Example.com"_s);
    row("behind a name of another type",
        hello(extension(0, vector(number(7, 1) + vector("x", 2) + number(0, 1) + vector("a.test", 2), 2))),
        u"a.test"_s);
    row("of another type alone", hello(extension(0, vector(number(7, 1) + vector("x", 2), 2))), {});
    row("no name", hello(Alpn), {});
    row("empty name", hello(serverName({})), {});
    row("empty extension", hello(extension(0, vector({}, 2))), {});
    row("no extensions", record(number(1, 1) + vector(start(), 3)), {});
    row("empty extensions", hello({}), {});
    row("two records", divided(message(example), 40), u"Example.com"_s);
    row("records of one byte", divided(message(Alpn + example), 1), u"Example.com"_s);
    row("large", hello(extension(21, QByteArray(16000, '\0')) + example), u"Example.com"_s);
    row("large, in several records", divided(message(extension(21, QByteArray(15000, '\0')) + example), 1000),
        u"Example.com"_s);
}

void TestWsClientHello::nameIsRead()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, name);
    QCOMPARE(told(wsReadClientHello(bytes)), name);
    QCOMPARE(told(wsReadClientHello(bytes + "early data")), name);
    const qsizetype step = bytes.size() > 1000 ? 97 : 1;
    for (qsizetype size = 0; size < bytes.size(); size += step)
        QCOMPARE(told(wsReadClientHello(bytes.first(size))), u"needs bytes"_s);
}

void TestWsClientHello::otherBytesAreUnreadable_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("request") << "GET / HTTP/1.1\r\n"_ba;
    QTest::newRow("SSL 2") << QByteArray::fromHex("802e010301");
    QTest::newRow("alert") << record(QByteArray::fromHex("0228"), 21);
    QTest::newRow("version 2") << QByteArray::fromHex("1602");
    QTest::newRow("empty record") << QByteArray::fromHex("1603010000");
    QTest::newRow("record that is too large") << QByteArray::fromHex("1603014001");
    QTest::newRow("other message") << record(number(2, 1));
    QTest::newRow("message that is too large") << record(QByteArray::fromHex("01004001"));
    QTest::newRow("alert within") << record(message(Alpn).first(20))
                                         + record(QByteArray::fromHex("0228"), 21);
    QTest::newRow("cut off start") << record(number(1, 1) + vector(start().chopped(1), 3));
    QTest::newRow("cut off length of the extensions") << record(number(1, 1) + vector(start() + '\0', 3));
    QTest::newRow("half an extension") << hello(number(0, 2) + '\0');
    QTest::newRow("extension beyond the end") << hello(number(16, 2) + number(9, 2) + "four");
    QTest::newRow("extensions beyond the end")
        << record(number(1, 1) + vector(start() + number(9, 2) + "four", 3));
    QTest::newRow("names beyond the end") << hello(extension(0, number(9, 2) + "four"));
    QTest::newRow("name beyond the end")
        << hello(extension(0, vector(number(0, 1) + number(9, 2) + "four", 2)));
    QTest::newRow("no names") << hello(extension(0, {}));
}

void TestWsClientHello::otherBytesAreUnreadable()
{
    QFETCH(const QByteArray, bytes);
    QCOMPARE(told(wsReadClientHello(bytes)), u"unreadable"_s);
    QCOMPARE(told(wsReadClientHello(bytes + "more")), u"unreadable"_s);
}

// However it is divided, it is decided upon at the limit.
void TestWsClientHello::messageIsLimited()
{
    const QByteArray large =
        message(extension(21, QByteArray(WsMaxClientHello - 100, '\0')) + serverName("a.test"));
    for (const qsizetype size : {1, 100, 16000}) {
        const QByteArray bytes = divided(large, size);
        QVERIFY(bytes.size() > WsMaxClientHello);
        QCOMPARE(told(wsReadClientHello(bytes.first(WsMaxClientHello - 1))), u"needs bytes"_s);
        QCOMPARE(told(wsReadClientHello(bytes.first(WsMaxClientHello))), u"unreadable"_s);
        QCOMPARE(told(wsReadClientHello(bytes)), u"unreadable"_s);
    }
}

// A length that says too much or too little never gives another name.
void TestWsClientHello::everyLengthIsChecked()
{
    const QByteArray bytes = hello(Alpn + serverName("example.com"));
    for (qsizetype at = 0; at < bytes.size(); ++at) {
        for (const int change : {-1, 1, 0x40}) {
            QByteArray changed = bytes;
            changed[at] = char(changed[at] + change);
            const WsClientHello reading = wsReadClientHello(changed);
            const bool isInName = at >= bytes.size() - 11;
            if (reading.result == Result::Complete && !reading.serverName.isEmpty() && !isInName)
                QVERIFY("example.com"_ba.startsWith(reading.serverName));
        }
    }
}

void TestWsClientHello::changedMessageIsNeverReadBeyondItsEnd()
{
    QRandomGenerator random(14);
    const QList<QByteArray> hellos = {hello(Alpn + serverName("example.com")), hello(Alpn),
                                      divided(message(serverName("example.com") + Alpn), 30)};
    for (int round = 0; round < 20000; ++round) {
        QByteArray bytes = hellos[round % hellos.size()];
        for (int changes = random.bounded(1, 4); changes > 0; --changes)
            bytes[random.bounded(int(bytes.size()))] = char(random.bounded(256));
        const QByteArray exact(bytes.constData(), bytes.size()); // for sanitizers
        const WsClientHello reading = wsReadClientHello(exact);
        QVERIFY(reading.serverName.size() <= bytes.size());
        QVERIFY(reading.result == Result::Complete || reading.serverName.isEmpty());
        const WsClientHello full = wsReadClientHello(bytes + QByteArray(WsMaxClientHello, 'x'));
        QVERIFY(full.result != Result::NeedsBytes);
    }
}

WSKIT_APPLESS_TEST(TestWsClientHello)
#include "tst_wsclienthello.moc"
