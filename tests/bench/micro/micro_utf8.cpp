// SPDX-License-Identifier: MIT
#include "microbench.h"
#include "protocol/wsbyteloops.h"
#include "protocol/wsmask.h"
#include "protocol/wsutf8.h"

// Checking text: what we are to send, and what a client sent, in one go and in two.
class MicroUtf8 : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void check_data() { addTexts(); }
    void check();
    void checkPortably_data() { addTexts(); }
    void checkPortably();
    void unmaskAndCheck_data() { addTexts(); }
    void unmaskAndCheck();
    void unmaskThenCheck_data() { addTexts(); }
    void unmaskThenCheck();

private:
    static constexpr WsMaskingKey Key = 0; // leaves the text as it is for the next call

    static void addTexts();
};

void MicroUtf8::addTexts()
{
    QTest::addColumn<QByteArray>("text");
    for (const qsizetype size : MicroSizes) {
        QTest::addRow("ASCII %lld", size) << QByteArray(size, 'a');
        const QByteArray japanese("\u65e5");
        QTest::addRow("Japanese %lld", size)
            << japanese.repeated(size / japanese.size()) + QByteArray(size % japanese.size(), 'a');
    }
}

void MicroUtf8::check()
{
    QFETCH(QByteArray, text);
    microMeasure([&] {
        WsUtf8Validator validator;
        validator.feed(text);
    });
}

void MicroUtf8::checkPortably()
{
    QFETCH(QByteArray, text);
    const WsByteLoops &portable = *wsAllByteLoops().constFirst();
    microMeasure([&] {
        WsUtf8Validator validator;
        validator.feed(text, portable);
    });
}

void MicroUtf8::unmaskAndCheck()
{
    QFETCH(QByteArray, text);
    char *const bytes = text.data();
    microMeasure([&] {
        WsUtf8Validator validator;
        validator.feedMasked(bytes, text.size(), Key);
    });
}

void MicroUtf8::unmaskThenCheck()
{
    QFETCH(QByteArray, text);
    char *const bytes = text.data();
    microMeasure([&] {
        wsMask(bytes, bytes, text.size(), Key);
        WsUtf8Validator validator;
        validator.feed({bytes, text.size()});
    });
}

QTEST_APPLESS_MAIN(MicroUtf8)
#include "micro_utf8.moc"
