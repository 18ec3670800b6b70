// SPDX-License-Identifier: MIT
#ifndef JSONTEXT_H
#define JSONTEXT_H

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>

struct JsonProblem
{
    QString text;
    qsizetype offset = 0; // in bytes
};

// Checks a JSON text, which may also be a single string or number (RFC 8259 §2).
std::optional<JsonProblem> checkJson(const QByteArray &json);

// Indents JSON that has been checked. Unlike QJsonDocument, it keeps the order of members and the digits of
// numbers.
QString indentedJson(const QByteArray &json);

#endif // JSONTEXT_H
