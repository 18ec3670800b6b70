// SPDX-License-Identifier: MIT
#include "net/connection/wsbytequeue.h"

#include <QtTest/qtest.h>

// Bytes in the arrays that they arrived in.
class TestWsByteQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bytesAreReadInOrderAcrossArrays();
    void lineEndsAtTheFirstLineBreak();
    void lineGoesOverArrays();
    void lineIsCutAtTheSizeOfTheBuffer();
    void readPartHasNoLine();
    void lineIsFoundAfterItWasMissing();
    void bytesArePutBack();
    void smallPiecesAreJoined();
    void largePiecesAreNotCopied();
    void memoryCountsWhatArraysTake();
    void readPartOfTheFirstArrayDoesNotCount();
};

namespace {
QByteArray read(WsByteQueue &queue, qint64 maxSize)
{
    QByteArray bytes(maxSize, '\0');
    bytes.truncate(queue.read(bytes.data(), maxSize));
    return bytes;
}

QByteArray readLine(WsByteQueue &queue, qint64 maxSize = 1000)
{
    QByteArray bytes(maxSize, '\0');
    bytes.truncate(queue.readLine(bytes.data(), maxSize));
    return bytes;
}

const QByteArray large(20000, 'x'); // not joined to anything
} // namespace

void TestWsByteQueue::bytesAreReadInOrderAcrossArrays()
{
    WsByteQueue queue;
    queue.append("ab");
    queue.append(large);
    queue.appendCopy("cd");
    QCOMPARE(queue.size(), large.size() + 4);
    QCOMPARE(read(queue, 3), QByteArray("abx"));
    QCOMPARE(read(queue, large.size()), large.sliced(1) + 'c');
    QCOMPARE(read(queue, 100), QByteArray("d"));
    QVERIFY(queue.isEmpty());
    QCOMPARE(read(queue, 100), QByteArray());
}

void TestWsByteQueue::lineEndsAtTheFirstLineBreak()
{
    WsByteQueue queue;
    queue.append("one\ntwo\nthr");
    QVERIFY(queue.hasLine());
    QCOMPARE(readLine(queue), QByteArray("one\n"));
    QCOMPARE(readLine(queue), QByteArray("two\n"));
    QVERIFY(!queue.hasLine());
    QCOMPARE(readLine(queue), QByteArray("thr"));
}

void TestWsByteQueue::lineGoesOverArrays()
{
    WsByteQueue queue;
    queue.append("a\nb");
    queue.append(large);
    queue.append(large);
    queue.append("c\nd");
    QCOMPARE(readLine(queue), QByteArray("a\n"));
    QVERIFY(queue.hasLine());
    QCOMPARE(readLine(queue, 100000), 'b' + large + large + "c\n");
    QCOMPARE(queue.size(), 1);
}

void TestWsByteQueue::lineIsCutAtTheSizeOfTheBuffer()
{
    WsByteQueue queue;
    queue.append("abcdef\n");
    QCOMPARE(readLine(queue, 4), QByteArray("abcd"));
    QCOMPARE(readLine(queue, 4), QByteArray("ef\n"));
}

void TestWsByteQueue::readPartHasNoLine()
{
    WsByteQueue queue;
    queue.append("a\nb");
    QCOMPARE(read(queue, 2), QByteArray("a\n"));
    QVERIFY(!queue.hasLine());
}

void TestWsByteQueue::lineIsFoundAfterItWasMissing()
{
    WsByteQueue queue;
    queue.append("ab");
    queue.append(large);
    QVERIFY(!queue.hasLine());
    QVERIFY(!queue.hasLine());
    queue.append("\ncd"); // joined to nothing
    QVERIFY(queue.hasLine());
    QCOMPARE(readLine(queue, 100000).size(), large.size() + 3);
    QVERIFY(!queue.hasLine());
    queue.append("e");
    QCOMPARE(read(queue, 1), QByteArray("c"));
    QVERIFY(!queue.hasLine());
    queue.append("\n");
    QVERIFY(queue.hasLine());
    QCOMPARE(readLine(queue), QByteArray("de\n"));
    queue.append("f");
    QVERIFY(!queue.hasLine());
    queue.clear();
    queue.append("\n");
    QVERIFY(queue.hasLine());
}

void TestWsByteQueue::bytesArePutBack()
{
    WsByteQueue queue;
    queue.append("abc");
    queue.append(large);
    QCOMPARE(read(queue, 2), QByteArray("ab"));
    QVERIFY(!queue.hasLine());
    queue.prepend("a\nb");
    QVERIFY(queue.hasLine());
    QCOMPARE(queue.size(), large.size() + 4);
    QVERIFY(queue.memory() >= queue.size());
    QCOMPARE(readLine(queue), QByteArray("a\n"));
    QCOMPARE(read(queue, 3), QByteArray("bcx"));
    QCOMPARE(read(queue, 100000), large.sliced(1));
    QCOMPARE(queue.memory(), 0);
    queue.prepend({});
    QVERIFY(queue.isEmpty());
    queue.prepend("d");
    QCOMPARE(read(queue, 100), QByteArray("d"));
    QCOMPARE(queue.memory(), 0);
}

void TestWsByteQueue::smallPiecesAreJoined()
{
    WsByteQueue queue;
    for (int i = 0; i < 1000; ++i)
        queue.append("ab");
    QVERIFY2(queue.memory() < 4000, qPrintable(QString::number(queue.memory())));
    QVERIFY(!queue.joins(large.size()));
}

void TestWsByteQueue::largePiecesAreNotCopied()
{
    WsByteQueue queue;
    QByteArray bytes(large.constData(), large.size());
    queue.append(bytes);
    QVERIFY(!bytes.isDetached()); // the queue shares it
}

void TestWsByteQueue::memoryCountsWhatArraysTake()
{
    WsByteQueue queue;
    queue.append(large);
    const qint64 ofTheFirst = queue.memory();
    QByteArray spacious("a");
    spacious.reserve(100000);
    queue.append(spacious);
    QVERIFY(queue.memory() >= ofTheFirst + 100000);
    read(queue, large.size() + 1);
    QCOMPARE(queue.memory(), 0);
    queue.append(large);
    queue.append(large);
    queue.clear();
    QCOMPARE(queue.memory(), 0);
    QCOMPARE(queue.size(), 0);
}

void TestWsByteQueue::readPartOfTheFirstArrayDoesNotCount()
{
    WsByteQueue queue;
    queue.append(large);
    read(queue, large.size() - 1);
    QCOMPARE(queue.memory(), 1);
}

#include "tst_wsbytequeue.moc"

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsByteQueue)
