// SPDX-License-Identifier: MIT
#include "console.h"

#include "messagetext.h"
#include "texts.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qmetaobject.h>

#include <cerrno>
#include <cstdio>

#ifdef Q_OS_WIN
#include <io.h>
#else
#include <unistd.h>
#endif

bool isOutputTerminal()
{
#ifdef Q_OS_WIN
    return _isatty(_fileno(stdout)) != 0;
#else
    return ::isatty(STDOUT_FILENO) != 0;
#endif
}

namespace {
bool write(std::FILE *stream, const QByteArray &bytes)
{
    const bool isWritten =
        std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stream) == size_t(bytes.size());
    return std::fflush(stream) == 0 && isWritten;
}

QString timeOfDay()
{
    return QTime::currentTime().toString(u"HH:mm:ss.zzz");
}
} // namespace

bool printOutput(const QByteArray &bytes)
{
    if (write(stdout, bytes))
        return true;
    if (errno == EPIPE) // who reads it, for example `head`, has had enough
        return false;
    const QString text = Tool::tr("the output cannot be written: %1").arg(qt_error_string(errno));
    (void)write(stderr, (QStringLiteral("wskit: ") + text + u'\n').toUtf8());
    return false;
}

bool Console::parseDetails(const QString &when, Format *format)
{
    if (when == u"auto")
        *format = isOutputTerminal() ? Format::Detailed : Format::Plain;
    else
        *format = when == u"always" ? Format::Detailed : Format::Plain;
    return when == u"auto" || when == u"always" || when == u"never";
}

void Console::message(const WsMessage &message, const QString &sender)
{
    if (m_isOutputLost || !m_display.shows(message))
        return;
    if (m_format == Format::Raw)
        print(message.data());
    else
        m_display.forEachText(message, [&](const QByteArray &text) { writeText(message, sender, text); });
}

// A full disk, or a pipe whose reader has gone.
void Console::print(const QByteArray &bytes)
{
    if (m_isOutputLost || write(stdout, bytes))
        return;
    m_isOutputLost = true;
    notice(Tool::tr("messages cannot be printed any more: ") + qt_error_string(errno));
    if (m_onOutputLost)
        m_onOutputLost();
}

// A text begins on the line of the details, a hex dump or indented JSON below it. Further lines are indented,
// or a message could contain what looks like another one.
void Console::writeText(const WsMessage &message, const QString &sender, const QByteArray &text)
{
    QByteArray output;
    if (m_format == Format::Detailed) {
        const bool isOneLine = message.isText() && !m_display.isHex && !m_display.isIndented;
        output = QStringLiteral("%1 %2%3 %4 B%5")
                     .arg(timeOfDay(), sender.isEmpty() ? QString() : sender + u' ',
                          message.isText() ? QStringLiteral("text") : QStringLiteral("binary"),
                          QString::number(message.data().size()),
                          isOneLine ? QStringLiteral("  ") : QStringLiteral("\n  "))
                     .toUtf8();
        output += withoutControls(QString::fromUtf8(text)).toUtf8().replace("\n", "\n  ");
    } else {
        output = text;
    }
    if (message.isText() || !message.data().isEmpty())
        output += '\n';
    print(output);
}

void Console::notice(const QString &text)
{
    const QString time = m_format == Format::Detailed ? timeOfDay() + u' ' : QString();
    (void)write(stderr, (time + withoutControls(text) + u'\n').toUtf8());
}

QString describeClose(quint16 code, const QString &reason, bool wasClean)
{
    const char *name = QMetaEnum::fromType<Ws::CloseCode>().valueToKey(code);
    QString text = wasClean ? Tool::tr("closed: %1").arg(code) : Tool::tr("closed uncleanly: %1").arg(code);
    if (name)
        text += QStringLiteral(" (%1)").arg(QLatin1String(name));
    if (!reason.isEmpty())
        text += u' ' + inOneLine(reason);
    return text;
}
