// SPDX-License-Identifier: MIT
#include "messagetext.h"

#include <QtCore/qstringconverter.h>

namespace {
QChar picture(char16_t control)
{
    return QChar(char16_t(0x2400 + control));
}
} // namespace

QString messageText(QByteArrayView utf8)
{
    using Flag = QStringConverter::Flag;
    QStringDecoder decoder(QStringConverter::Utf8, Flag::Stateless | Flag::ConvertInitialBom);
    return decoder(utf8);
}

QByteArray exactJson(QByteArray json)
{
    return json.replace("\"\xef\xbb\xbf", "\"\\ufeff");
}

QString withoutControls(QString text)
{
    for (QChar &character : text) {
        const char16_t code = character.unicode();
        if (code == 0x7f)
            character = QChar(u'\u2421');
        else if (code < 0x20 && code != u'\n' && code != u'\t')
            character = picture(code);
        else if (code >= 0x80 && code < 0xa0)
            character = QChar(QChar::ReplacementCharacter);
    }
    return text;
}

QString inOneLine(QString text)
{
    return withoutControls(std::move(text)).replace(u'\n', picture('\n'));
}
