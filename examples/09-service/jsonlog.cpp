// SPDX-License-Identifier: MIT
#include "jsonlog.h"

#include <QtCore/QDateTime>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QRegularExpression>

#include <cstdio>
#include <cstring>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace {
struct Level
{
    const char *name;
    int priority; // of syslog
};

Level levelOf(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return {"debug", 7};
    case QtInfoMsg:
        return {"info", 6};
    case QtWarningMsg:
        return {"warning", 4};
    case QtCriticalMsg:
        return {"error", 3};
    case QtFatalMsg:
        return {"fatal", 2};
    }
    return {"info", 6};
}

// Systemd says which device and which file the journal is.
bool isJournal()
{
#ifdef Q_OS_UNIX
    struct stat output = {};
    return ::fstat(STDOUT_FILENO, &output) == 0
           && qgetenv("JOURNAL_STREAM")
                  == QByteArray::number(quint64(output.st_dev)) + ':'
                         + QByteArray::number(quint64(output.st_ino));
#else
    return false;
#endif
}

// The access log writes \" and \\ within quotes, and \xNN for every byte that cannot be printed.
QString unescaped(const QString &text)
{
    QByteArray result;
    const QByteArray bytes = text.toUtf8();
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        if (bytes.at(i) != '\\')
            result += bytes.at(i);
        else if (bytes.mid(++i, 1) == "x") {
            result += QByteArray::fromHex(bytes.mid(i + 1, 2));
            i += 2;
        } else
            result += bytes.mid(i, 1);
    }
    return QString::fromUtf8(result);
}

// The access log is written as name=value name="a value".
QJsonObject fieldsOf(const QString &text)
{
    static const QRegularExpression field(QStringLiteral(R"field((\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*)))field"));
    QJsonObject object;
    for (auto match = field.globalMatch(text); match.hasNext();) {
        const QRegularExpressionMatch next = match.next();
        bool isNumber = false;
        const qint64 number = next.captured(3).toLongLong(&isNumber);
        if (isNumber)
            object.insert(next.captured(1), number);
        else
            object.insert(next.captured(1), unescaped(next.captured(2)) + next.captured(3));
    }
    return object;
}

void write(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const bool isAccess = context.category && std::strcmp(context.category, "wskit.access") == 0;
    QJsonObject object = isAccess ? fieldsOf(text) : QJsonObject{{QStringLiteral("message"), text}};
    object.insert(QStringLiteral("time"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs));
    object.insert(QStringLiteral("level"), QLatin1String(levelOf(type).name));
    object.insert(QStringLiteral("category"), QLatin1String(context.category));

    static const bool hasPriorities = isJournal();
    QByteArray line = hasPriorities ? '<' + QByteArray::number(levelOf(type).priority) + '>' : QByteArray();
    line += QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    // In one piece, for other threads log as well.
    std::fwrite(line.constData(), 1, size_t(line.size()), stdout);
    std::fflush(stdout);
}
} // namespace

void logAsJson()
{
    qInstallMessageHandler(write);
}
