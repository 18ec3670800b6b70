// SPDX-License-Identifier: MIT
#include "microbench.h"
#include "protocol/wsdeflate.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>

using namespace Qt::StringLiterals;

namespace {
// 4 KiB as an application's interface has them, another with each number.
QByteArray jsonMessage(int number)
{
    QJsonArray items;
    for (int i = 0; i < 42; ++i)
        items.append(QJsonObject{{u"id"_s, number * 100 + i},
                                 {u"name"_s, u"item %1"_s.arg(i * 7919 % 1000)},
                                 {u"price"_s, double((number + i) * 37 % 1000) / 100},
                                 {u"isAvailable"_s, i % 3 == 0}});
    return QJsonDocument(items).toJson(QJsonDocument::Compact);
}

constexpr int Messages = 16;

QByteArrayList jsonMessages()
{
    QByteArrayList messages;
    for (int number = 0; number < Messages; ++number)
        messages.append(jsonMessage(number));
    return messages;
}
} // namespace

// Messages of 4 KiB of JSON, each of which may refer to those before.
class MicroDeflate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deflateMessage_data();
    void deflateMessage();
    void inflateMessage_data() { deflateMessage_data(); }
    void inflateMessage();
};

void MicroDeflate::deflateMessage_data()
{
    QTest::addColumn<WsDeflateParameters>("parameters");
    QTest::newRow("window 12, memory 5, level 6") << WsDeflateParameters{6, 5, 12};
    QTest::newRow("window 15, memory 8, level 6") << WsDeflateParameters{6, 8, 15};
    QTest::newRow("window 12, memory 5, level 1") << WsDeflateParameters{1, 5, 12};
}

void MicroDeflate::deflateMessage()
{
    QFETCH(WsDeflateParameters, parameters);
    const QByteArrayList messages = jsonMessages();
    WsDeflater deflater(parameters);
    QByteArray out;
    int number = 0;
    qint64 size = 0;
    microMeasure([&] {
        out.resize(0);
        deflater.deflate(messages.at(number++ % Messages), WsDeflater::Flush::Message, &out);
        size += out.size();
    });
    QVERIFY(size > 0 && size < qint64(number) * messages.first().size());
}

void MicroDeflate::inflateMessage()
{
    QFETCH(WsDeflateParameters, parameters);
    const QByteArray plain = jsonMessage(0);
    QByteArray compressed;
    WsDeflater(parameters).deflate(plain, WsDeflater::Flush::Message, &compressed);
    WsInflater inflater(parameters.windowBits);
    QByteArray out(2 * plain.size(), Qt::Uninitialized);
    qsizetype size = 0;
    microMeasure([&] {
        inflater.beginMessage();
        inflater.setInput(compressed);
        size = inflater.inflate(out.data(), out.size());
        inflater.setMessageEnd();
        size += inflater.inflate(out.data() + size, out.size() - size);
    });
    QCOMPARE(out.first(size), plain);
}

QTEST_APPLESS_MAIN(MicroDeflate)
#include "micro_deflate.moc"
