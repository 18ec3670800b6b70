// SPDX-License-Identifier: MIT
#ifndef TRANSLATIONFILE_H
#define TRANSLATIONFILE_H

#include <QtCore/qdir.h>
#include <QtCore/qprocess.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qxmlstream.h>

#include <algorithm>

// A file of lupdate and lrelease. The functions return an empty text, or what is wrong.
class TranslationFile
{
public:
    explicit TranslationFile(const QString &fileName) : m_fileName(fileName) { }

    // Of at least this many texts, none is unfinished, and each has the placeholders, the options and the
    // variables of templates of its source.
    QString checkTexts(int leastCount) const
    {
        QFile file(m_fileName);
        if (!file.open(QIODevice::ReadOnly))
            return m_fileName + QLatin1String(": ") + file.errorString();
        QXmlStreamReader reader(&file);
        int count = 0;
        QString source;
        while (!reader.atEnd()) {
            if (reader.readNext() != QXmlStreamReader::StartElement)
                continue;
            if (reader.name() == u"source")
                source = reader.readElementText();
            if (reader.name() != u"translation")
                continue;
            ++count;
            const bool isFinished = !reader.attributes().hasAttribute(QLatin1String("type"));
            const QString translation = reader.readElementText();
            if (!isFinished || translation.isEmpty() || fixedParts(translation) != fixedParts(source))
                return source + QLatin1String(" -> ") + translation;
        }
        if (reader.hasError())
            return reader.errorString();
        return count < leastCount ? QStringLiteral("only %1 texts").arg(count) : QString();
    }

    // That it is unchanged after lupdate has read the sources in these directories.
    QString checkSources(const QString &lupdate, const QStringList &directories) const
    {
        const QTemporaryDir directory;
        const QString copy = directory.filePath(QFileInfo(m_fileName).fileName());
        if (!QFile::copy(m_fileName, copy))
            return m_fileName + QLatin1String(": cannot be copied");
        QStringList arguments{QStringLiteral("-no-obsolete"), QStringLiteral("-locations"),
                              QStringLiteral("none")};
        for (const QString &name : directories) {
            const QDir sources(name);
            const QStringList files = sources.entryList({QStringLiteral("*.cpp"), QStringLiteral("*.h")});
            for (const QString &file : files)
                arguments.append(sources.filePath(file));
        }
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(lupdate, arguments + QStringList{QStringLiteral("-ts"), copy});
        const bool hasRun = process.waitForFinished(-1) && process.exitStatus() == QProcess::NormalExit;
        if (!hasRun || process.exitCode() != 0 || contentOf(copy) != contentOf(m_fileName))
            return lupdate + u'\n' + QString::fromUtf8(process.readAll());
        return {};
    }

private:
    // Formats do not depend on the order of what they insert.
    static QStringList fixedParts(const QString &text)
    {
        static const QRegularExpression part(
            QStringLiteral("%L?[0-9n]+|\\B--[a-z][a-z-]+|\\{\\{[^}]*\\}\\}"));
        QStringList parts;
        for (auto match = part.globalMatch(text); match.hasNext();)
            parts.append(match.next().captured());
        std::sort(parts.begin(), parts.end());
        return parts;
    }

    static QByteArray contentOf(const QString &fileName)
    {
        QFile file(fileName);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    QString m_fileName;
};

#endif // TRANSLATIONFILE_H
