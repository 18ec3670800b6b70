// SPDX-License-Identifier: MIT
#include "closeoptions.h"

#include "commandline.h"
#include "texts.h"

namespace {
constexpr qsizetype MaxReasonSize = 123; // RFC 6455 §5.5

// RFC 6455 §7.4: those that an endpoint may send.
bool maySend(uint code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}
} // namespace

void addCloseOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("close-code"),
                    Tool::tr("Close with this code, 1000 without this option. 3000 to 4999 are free."),
                    Tool::tr("code"), QStringLiteral("1000")});
    line.addOption({QStringLiteral("close-reason"), Tool::tr("Close with this reason, of at most 123 bytes."),
                    Tool::tr("text")});
}

QString readCloseSettings(const CommandLine &line, CloseSettings *settings)
{
    const QString error = readCloseSettings(line.value("close-code"), line.value("close-reason"), settings);
    return error.isEmpty() ? QString() : Tool::tr("--close-code and --close-reason: ") + error;
}

QString readCloseSettings(const QString &code, const QString &reason, CloseSettings *settings)
{
    bool isNumber = false;
    const uint number = code.toUInt(&isNumber);
    if (!isNumber || !maySend(number))
        return Tool::tr("“%1” is no close code that may be sent").arg(code);
    if (reason.toUtf8().size() > MaxReasonSize)
        return Tool::tr("the reason is longer than %1 bytes").arg(MaxReasonSize);
    settings->code = quint16(number);
    settings->reason = reason;
    return {};
}
