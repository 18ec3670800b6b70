// SPDX-License-Identifier: MIT
#include "benchprofile.h"

#include "messagetemplate.h"
#include "texts.h"

#include <QtCore/qfile.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>

namespace {
constexpr qint64 MaxFileSize = 16 * 1024 * 1024;

template <typename Number>
bool readNumber(const QJsonValue &value, double minimum, double maximum, Number *number)
{
    const double result = value.toDouble(minimum - 1);
    *number = Number(result);
    return value.isDouble() && result >= minimum && result <= maximum;
}

// These return an empty text, or what is wrong with the member.

QString readMessage(const QJsonValue &value, QString *message)
{
    *message = value.toString();
    if (!value.isString() || message->isEmpty())
        return Tool::tr("is not a text");
    return MessageTemplate(*message).expand({}).problem;
}

QString readMember(const QString &name, const QJsonValue &value, BenchStage *stage)
{
    BenchSettings &settings = stage->settings;
    const auto check = [](bool isValid, const char *problem) {
        return isValid ? QString() : Tool::tr(problem);
    };
    if (name == u"name") {
        stage->name = value.toString();
        return check(value.isString(), QT_TRANSLATE_NOOP("wskit", "is not a text"));
    }
    if (name == u"clients")
        return check(readNumber(value, 1, 1e6, &settings.clientCount),
                     QT_TRANSLATE_NOOP("wskit", "is not a number of clients"));
    if (name == u"seconds")
        return check(readNumber(value, 0.001, 86400, &settings.seconds),
                     QT_TRANSLATE_NOOP("wskit", "is not a number of seconds, a day at most"));
    if (name == u"messages")
        return check(readNumber(value, 1, 1e15, &settings.messageCount),
                     QT_TRANSLATE_NOOP("wskit", "is not a number of messages"));
    if (name == u"rate")
        return check(readNumber(value, 0.001, 1e9, &settings.rate),
                     QT_TRANSLATE_NOOP("wskit", "is not a number of messages a second"));
    if (name == u"inFlight")
        return check(readNumber(value, 1, 1e6, &settings.inFlight),
                     QT_TRANSLATE_NOOP("wskit", "is not a number of messages"));
    if (name == u"size")
        return check(readNumber(value, 0, 1 << 30, &settings.size),
                     QT_TRANSLATE_NOOP("wskit", "is not a number of bytes, 1 GiB at most"));
    if (name == u"message")
        return readMessage(value, &settings.message);
    if (name == u"binary") {
        settings.type = value.toBool() ? Ws::Binary : Ws::Text;
        return check(value.isBool(), QT_TRANSLATE_NOOP("wskit", "is not true or false"));
    }
    return Tool::tr("is unknown");
}

QString readStage(const QJsonValue &value, qsizetype number, const BenchSettings &base, BenchStage *stage)
{
    if (!value.isObject())
        return Tool::tr("stage %1 is not an object").arg(number);
    const QJsonObject object = value.toObject();
    stage->name = Tool::tr("stage %1").arg(number);
    stage->settings = base;
    for (auto member = object.constBegin(); member != object.constEnd(); ++member) {
        const QString problem = readMember(member.key(), member.value(), stage);
        if (!problem.isEmpty())
            return Tool::tr("stage %1: “%2”: %3").arg(QString::number(number), member.key(), problem);
    }
    if (!stage->settings.message.isEmpty())
        stage->settings.size = MessageTemplate(stage->settings.message).expand({}).text.toUtf8().size();
    if (object.contains(QStringLiteral("messages")) && !object.contains(QStringLiteral("seconds")))
        stage->settings.seconds = 0;
    return {};
}
} // namespace

QString readBenchProfile(const QString &fileName, const BenchSettings &base, QList<BenchStage> *stages)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return QStringLiteral("%1: %2").arg(fileName, file.errorString());
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(file.read(MaxFileSize), &error);
    if (error.error != QJsonParseError::NoError)
        return Tool::tr("%1: no JSON, byte %2: %3")
            .arg(fileName, QString::number(error.offset), error.errorString());
    const QJsonArray array = document.object().value(QStringLiteral("stages")).toArray();
    if (array.isEmpty())
        return Tool::tr("%1: there is no array “stages” of at least one stage").arg(fileName);
    for (qsizetype i = 0; i < array.size(); ++i) {
        BenchStage stage;
        const QString problem = readStage(array.at(i), i + 1, base, &stage);
        if (!problem.isEmpty())
            return fileName + QStringLiteral(": ") + problem;
        stages->append(stage);
    }
    return {};
}
