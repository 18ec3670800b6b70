// SPDX-License-Identifier: MIT
#ifndef FILES_H
#define FILES_H

#include <QtCore/qobject.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qurl.h>
#include <QtCore/qvariant.h>
#include <QtQml/qqml.h>

// Reads files for the chat, and stores pictures, so that an Image can show them, until the program ends at
// the latest.
class Files : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_SINGLETON

public:
    using QObject::QObject;

    Q_INVOKABLE QString readText(const QUrl &file) const;
    // `file`, `mime` and `data` of a picture, or `problem`, a text.
    Q_INVOKABLE QVariant readPicture(const QUrl &file) const;
    // Stores the data and returns its URL.
    Q_INVOKABLE QString keep(const QByteArray &data);
    // Removes what keep() has stored.
    Q_INVOKABLE void drop(const QUrl &url);

private:
    QTemporaryDir m_folder;
    int m_count = 0;
};

#endif // FILES_H
