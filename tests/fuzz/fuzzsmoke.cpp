// SPDX-License-Identifier: MIT
// Runs the check of a fuzzer on its corpus and on changed copies of it, which are the same in every run:
// fuzz_smoke FUZZER. On the named files alone: fuzz_smoke FUZZER FILE...
#include "fuzzer.h"

#include <QtCore/qbytearraylist.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtCore/qloggingcategory.h>
#include <QtCore/qmap.h>
#include <QtCore/qrandom.h>

#include <cstdio>
#include <optional>

namespace {

struct Entry
{
    Fuzzer::Check check = nullptr;
    int changedInputs = 0;
};

// A function, for it is used before main() begins.
QMap<QByteArray, Entry> &entries()
{
    static QMap<QByteArray, Entry> all;
    return all;
}

std::optional<QByteArray> contents(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        std::fprintf(stderr, "%s: %s\n", qPrintable(path), qPrintable(file.errorString()));
        return std::nullopt;
    }
    return file.readAll();
}

QByteArray slice(const QByteArray &bytes, QRandomGenerator &generator)
{
    return bytes.mid(generator.bounded(int(bytes.size()) + 1), generator.bounded(1, 40));
}

// Changes \a input in one place; what is inserted comes from the inputs themselves, so it means something.
void change(QByteArray *input, const QByteArrayList &corpus, QRandomGenerator &generator)
{
    const qsizetype at = generator.bounded(int(input->size()) + 1);
    switch (generator.bounded(5)) {
    case 0:
        if (at < input->size())
            (*input)[at] = char(generator.generate());
        break;
    case 1:
        if (at < input->size())
            (*input)[at] = char((*input)[at] ^ (1 << generator.bounded(8)));
        break;
    case 2:
        input->remove(at, generator.bounded(1, 20));
        break;
    case 3:
        input->insert(at, slice(*input, generator));
        break;
    default:
        input->insert(at, slice(corpus[generator.bounded(int(corpus.size()))], generator));
    }
}

bool isRight(Fuzzer::Check check, const QByteArray &input)
{
    const QByteArray wrong = check(input);
    if (wrong.isEmpty())
        return true;
    std::fprintf(stderr, "%s\nof (base64): %s\n", wrong.constData(), input.toBase64().constData());
    return false;
}

bool isRightWhenChanged(const Entry &entry, const QByteArrayList &corpus)
{
    QRandomGenerator generator(11);
    for (int i = 0; i < entry.changedInputs; ++i) {
        QByteArray input = corpus[i % corpus.size()];
        for (int changes = generator.bounded(1, 5); changes > 0; --changes)
            change(&input, corpus, generator);
        if (!isRight(entry.check, input))
            return false;
    }
    return true;
}

QStringList filesOf(const QByteArray &name)
{
    const QDir folder(QStringLiteral(WSKIT_FUZZ_CORPUS) + QLatin1Char('/') + QString::fromUtf8(name));
    QStringList files;
    for (const QString &file : folder.entryList(QDir::Files, QDir::Name))
        files.append(folder.filePath(file));
    return files;
}

int run(const Entry &entry, const QStringList &files, bool isCorpus)
{
    QByteArrayList inputs;
    for (const QString &file : files) {
        const std::optional<QByteArray> input = contents(file);
        if (!input)
            return 2;
        if (!isRight(entry.check, *input)) {
            std::fprintf(stderr, "which is %s\n", qPrintable(file));
            return 1;
        }
        inputs.append(*input);
    }
    if (inputs.isEmpty()) {
        std::fprintf(stderr, "there is no corpus\n");
        return 2;
    }
    return isCorpus && !isRightWhenChanged(entry, inputs) ? 1 : 0;
}
} // namespace

Fuzzer::Registration::Registration(const char *name, Check check, int changedInputs)
{
    entries().insert(name, {check, changedInputs});
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.*=false"));
    QStringList arguments = application.arguments().mid(1);
    const QByteArray name = arguments.isEmpty() ? QByteArray() : arguments.takeFirst().toUtf8();
    const auto entry = entries().constFind(name);
    if (entry == entries().constEnd()) {
        std::fprintf(stderr, "usage: %s FUZZER [FILE...]\nFUZZER is one of: %s\n", argv[0],
                     entries().keys().join(' ').constData());
        return 2;
    }
    const bool isCorpus = arguments.isEmpty();
    return run(*entry, isCorpus ? filesOf(name) : arguments, isCorpus);
}
