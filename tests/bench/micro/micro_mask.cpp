// SPDX-License-Identifier: MIT
#include "microbench.h"
#include "protocol/wsbyteloops.h"
#include "protocol/wsmask.h"

#include <cstring>

namespace {
constexpr WsMaskingKey Key = 0x37FA213D;

// Short payloads take turns, as in a buffer of many frames: otherwise each call would read what the one
// before it has not quite written yet. They lie behind a header, where no alignment can be hoped for.
class Payloads
{
public:
    explicit Payloads(qsizetype size)
        : m_step(HeaderSize + size), m_count(size <= 1024 ? 16 : 1), m_bytes(m_step * m_count, 'a')
    {
    }
    char *next()
    {
        m_turn = (m_turn + 1) % m_count;
        return m_data + m_turn * m_step + HeaderSize;
    }

private:
    static constexpr qsizetype HeaderSize = 6;

    const qsizetype m_step;
    const qsizetype m_count;
    QByteArray m_bytes;
    char *m_data = m_bytes.data();
    qsizetype m_turn = 0;
};

void addSizes(const QByteArrayList &names)
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<qsizetype>("size");
    for (const QByteArray &name : names) {
        for (const qsizetype size : MicroSizes)
            QTest::addRow("%s %lld", name.constData(), size) << name << size;
    }
}
} // namespace

// Masking in place beside memcpy(), by what the library chooses and by each kind of loop.
class MicroMask : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void copy_data() { addSizes({"memcpy"}); }
    void copy();
    void mask_data() { addSizes({"chosen"}); }
    void mask();
    void maskBy_data();
    void maskBy();
};

void MicroMask::copy()
{
    QFETCH(qsizetype, size);
    Payloads sources(size);
    Payloads targets(size);
    // Called by a pointer, or the compiler would leave it out.
    void *(*volatile copyBytes)(void *, const void *, size_t) = std::memcpy;
    microMeasure([&] { copyBytes(targets.next(), sources.next(), size_t(size)); });
}

void MicroMask::mask()
{
    QFETCH(qsizetype, size);
    Payloads payloads(size);
    microMeasure([&] {
        char *const payload = payloads.next();
        wsMask(payload, payload, size, Key);
    });
}

void MicroMask::maskBy_data()
{
    QByteArrayList names;
    for (const WsByteLoops *loops : wsAllByteLoops())
        names.append(loops->name);
    addSizes(names);
}

void MicroMask::maskBy()
{
    QFETCH(QByteArray, name);
    QFETCH(qsizetype, size);
    Payloads payloads(size);
    for (const WsByteLoops *loops : wsAllByteLoops()) {
        if (loops->name != name)
            continue;
        microMeasure([&] {
            char *const payload = payloads.next();
            loops->mask(payload, payload, size, Key);
        });
    }
}

QTEST_APPLESS_MAIN(MicroMask)
#include "micro_mask.moc"
