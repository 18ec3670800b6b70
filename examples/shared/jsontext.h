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
// numbers, and what it returns is at most some twenty times as large.
QByteArray indentedJson(const QByteArray &json);

// The same JSON, which has been checked, without blanks and with the members of each object sorted by name.
QByteArray sortedJson(const QByteArray &json);

// The size of the string, number or word that checked JSON begins with.
qsizetype jsonScalarSize(QByteArrayView json);

// The text of a JSON string with its quotation marks.
QString jsonString(QByteArrayView quoted);

#endif // JSONTEXT_H
