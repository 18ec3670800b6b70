// SPDX-License-Identifier: MIT
#ifndef STOREDJSON_H
#define STOREDJSON_H

#include <QtCore/qjsonobject.h>
#include <QtCore/qstring.h>

#include <functional>

// A JSON object in a file that only its user can read, and that several programs may change. The functions
// return an empty text, or what is wrong; it names the file, but quotes nothing from it.
class StoredJson
{
public:
    // The directory of the settings that the tools share.
    static QString directory();

    explicit StoredJson(const QString &fileName) : m_fileName(fileName) { }

    // A file that does not exist is an empty object.
    QString read(QJsonObject *object) const;
    // Reads the file again, lets `change` work on it and replaces the file. A file that cannot be read, and
    // one that `change` returns an error for, stays as it is.
    QString change(const std::function<QString(QJsonObject *)> &change) const;

    // The error for a member that is not what it should be.
    QString problemOf(const QString &member, const QString &problem) const;

private:
    QString write(const QJsonObject &object) const;

    QString m_fileName;
};

#endif // STOREDJSON_H
