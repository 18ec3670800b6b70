// SPDX-License-Identifier: MIT
#include "messagedisplay.h"

#include "commandline.h"
#include "hexdump.h"
#include "jsontext.h"
#include "texts.h"

bool MessageDisplay::shows(const WsMessage &message) const
{
    return !pattern || (message.isText() && pattern->match(message.text()).hasMatch());
}

void MessageDisplay::forEachText(const WsMessage &message,
                                 const std::function<void(const QByteArray &)> &print) const
{
    if (!message.isText() || isHex) {
        if (!path)
            print(hexDump(message.data()).toUtf8().chopped(message.data().isEmpty() ? 0 : 1));
        return;
    }
    const bool isJson = (path || isIndented) && !checkJson(message.data());
    if (!path) {
        print(isJson ? indentedJson(message.data()) : message.data());
        return;
    }
    if (!isJson)
        return;
    const QList<QByteArrayView> values = path->select(message.data());
    for (const QByteArrayView value : values)
        print(isIndented ? indentedJson(value.toByteArray()) : value.toByteArray());
}

void addDisplayOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("pretty"), Tool::tr("Print JSON messages indented.")});
    line.addOption({QStringLiteral("filter"),
                    Tool::tr("Print only these values of JSON messages: a path such as $.a.b[0], "
                             "$..name or $.list[*]."),
                    Tool::tr("path")});
    line.addOption({QStringLiteral("grep"),
                    Tool::tr("Print only text messages that this regular expression matches."),
                    Tool::tr("pattern")});
    line.addOption({QStringLiteral("hex"), Tool::tr("Print text messages as a hex dump too.")});
}

QString readDisplay(const CommandLine &line, MessageDisplay *display)
{
    display->isIndented = line.isSet("pretty");
    display->isHex = line.isSet("hex");
    if (display->isHex && (display->isIndented || line.isSet("filter")))
        return Tool::tr("--hex goes without --pretty and --filter");
    if (line.isSet("filter")) {
        display->path.emplace(line.value("filter"));
        if (!display->path->problem().isEmpty())
            return QStringLiteral("--filter: ") + display->path->problem();
    }
    if (line.isSet("grep")) {
        display->pattern.emplace(line.value("grep"));
        if (!display->pattern->isValid())
            return Tool::tr("--grep: “%1”: %2").arg(line.value("grep"), display->pattern->errorString());
    }
    return {};
}
