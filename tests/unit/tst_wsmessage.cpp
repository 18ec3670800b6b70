// SPDX-License-Identifier: MIT
#include <WsKit/WsMessage>

#include <QtCore/qmetaobject.h>
#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isEmptyTextByDefault();
    void encodesTextAsUtf8_data();
    void encodesTextAsUtf8();
    void takesUtf8AsItIs();
    void loneSurrogateIsReplaced();
    void keepsNulInText();
    void binaryKeepsItsBytes();
    void decodesInvalidUtf8WithReplacementCharacters();
    void sharesTheBytes();
    void movesTheBytesOutOfATemporary();
    void comparesTypeAndData();
    void hasProperties();
};

void TestWsMessage::isEmptyTextByDefault()
{
    const WsMessage message;
    QCOMPARE(message.type(), Ws::Text);
    QVERIFY(message.isText());
    QVERIFY(message.data().isEmpty());
    QVERIFY(message.text().isEmpty());
}

void TestWsMessage::encodesTextAsUtf8_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("utf8");
    QTest::newRow("empty") << QString() << QByteArray();
    QTest::newRow("ASCII") << u"hello"_s << QByteArray("hello");
    QTest::newRow("two bytes") << u"\u00e4"_s << QByteArray("\xc3\xa4");
    QTest::newRow("three bytes") << u"\u20ac"_s << QByteArray("\xe2\x82\xac");
    QTest::newRow("four bytes") << u"\U0001F600"_s << QByteArray("\xf0\x9f\x98\x80");
    QTest::newRow("U+FEFF at the start, which is no byte order mark")
        << u"\uFEFFa"_s << QByteArray("\xef\xbb\xbf"
                                     "a");
}

void TestWsMessage::encodesTextAsUtf8()
{
    QFETCH(QString, text);
    QFETCH(QByteArray, utf8);
    const WsMessage message = WsMessage::text(text);
    QVERIFY(message.isText());
    QCOMPARE(message.data(), utf8);
    QCOMPARE(message.text(), text);
}

void TestWsMessage::takesUtf8AsItIs()
{
    QCOMPARE(WsMessage::text("\xc3\xa4").text(), u"\u00e4"_s);
    QCOMPARE(WsMessage::text(QByteArray("\xc3\xa4")).text(), u"\u00e4"_s);
    QCOMPARE(WsMessage::text(QByteArray("\xff")).data(), QByteArray("\xff"));
    QVERIFY(WsMessage::text("a").isText());
    QVERIFY(WsMessage::text(QByteArray("a")).isText());
}

void TestWsMessage::loneSurrogateIsReplaced()
{
    const QByteArray data = WsMessage::text(u"a"_s + QChar(0xD800) + u"b"_s).data();
    QVERIFY(data.isValidUtf8());
    QVERIFY(data.size() > 2 && data.startsWith('a') && data.endsWith('b'));
}

void TestWsMessage::keepsNulInText()
{
    const QString text = u"a"_s + QChar(0) + u"b"_s;
    QCOMPARE(WsMessage::text(text).data(), QByteArray("a\0b", 3));
    QCOMPARE(WsMessage::text(text).text(), text);
}

void TestWsMessage::binaryKeepsItsBytes()
{
    const QByteArray data("\0\xff\x80", 3);
    const WsMessage message = WsMessage::binary(data);
    QCOMPARE(message.type(), Ws::Binary);
    QVERIFY(!message.isText());
    QCOMPARE(message.data(), data);
}

void TestWsMessage::decodesInvalidUtf8WithReplacementCharacters()
{
    QCOMPARE(WsMessage::binary("a\xff").text(), u"a\ufffd"_s);
}

void TestWsMessage::sharesTheBytes()
{
    const QByteArray data(1000, 'x');
    const WsMessage message(Ws::Binary, data);
    const WsMessage copy = message;
    QCOMPARE(static_cast<const void *>(copy.data().constData()), static_cast<const void *>(data.constData()));
}

void TestWsMessage::movesTheBytesOutOfATemporary()
{
    WsMessage message = WsMessage::binary(QByteArray(1000, 'x'));
    QByteArray data = std::move(message).data();
    QCOMPARE(data.size(), 1000);
    QVERIFY(data.isDetached());
}

void TestWsMessage::comparesTypeAndData()
{
    QVERIFY(WsMessage::text("a") == WsMessage::text(u"a"_s));
    QVERIFY(!(WsMessage::text("a") != WsMessage::text(u"a"_s)));
    QVERIFY(WsMessage::text("a") != WsMessage::text("b"));
    QVERIFY(WsMessage::text("a") != WsMessage::binary("a"));
    QVERIFY(!(WsMessage::text("a") == WsMessage::binary("a")));
}

void TestWsMessage::hasProperties()
{
    const WsMessage message = WsMessage::binary("abc");
    const auto property = [&](const char *name) {
        const QMetaObject &meta = WsMessage::staticMetaObject;
        return meta.property(meta.indexOfProperty(name)).readOnGadget(&message);
    };
    QCOMPARE(property("type").value<Ws::MessageType>(), Ws::Binary);
    QCOMPARE(property("data"), QVariant(QByteArray("abc")));
    QCOMPARE(property("isText"), QVariant(false));
    QCOMPARE(property("text"), QVariant(u"abc"_s));
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsMessage)
#include "tst_wsmessage.moc"
