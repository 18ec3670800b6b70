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

// Any JSON text, a bare string or number too (RFC 8259 §2).
std::optional<JsonProblem> checkJson(const QByteArray &json);

// JSON that has been checked, on lines and indented: members keep their order and numbers their digits, which
// they would not do in a QJsonDocument.
QString indentedJson(const QByteArray &json);

#endif // JSONTEXT_H
