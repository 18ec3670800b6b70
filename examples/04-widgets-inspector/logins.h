// SPDX-License-Identifier: MIT
#ifndef LOGINS_H
#define LOGINS_H

#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtCore/QString>

QT_BEGIN_NAMESPACE
class QAuthenticator;
QT_END_NAMESPACE

// The names and passwords that the user has entered, each for the one place that has asked for it: a server
// or a proxy. They are kept until the window is closed.
class Logins
{
public:
    // What the user is to be asked.
    struct Question
    {
        bool isEmpty() const { return place.isEmpty(); }

        QString place;
        QString realm;
        QString user; // that was refused
    };

    void set(const QString &place, const QString &user, const QString &password);
    // Returns the name if there is an answer. Otherwise there is a question.
    QString answer(const QString &place, QAuthenticator *authenticator);
    // The place has accepted what it was told, and may ask again for another connection.
    void onAccepted(const QString &place) { m_used.remove(place); }
    void beginOpening();

    const Question &question() const { return m_question; }
    Question takeQuestion();

private:
    struct Login
    {
        QString user;
        QString password;
    };

    QHash<QString, Login> m_logins;
    QSet<QString> m_used; // in this opening
    Question m_question;
};

#endif // LOGINS_H
