// SPDX-License-Identifier: MIT
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <QtCore/QByteArray>
#include <QtCore/QFuture>
#include <QtCore/QHash>
#include <QtCore/QString>

// Who may log in. A real program reads this from a file or a database; passwords are stored as salted hashes.
class Accounts
{
public:
    void add(const QString &user, const QString &password);
    // Takes some time on purpose, so that guessing is expensive. It is therefore done in another thread.
    QFuture<bool> check(const QString &user, const QString &password) const;

private:
    struct Account
    {
        QByteArray salt;
        QByteArray hash;
    };
    static QByteArray hashOf(const QString &password, const QByteArray &salt);
    static bool matches(const Account &account, const QString &password);

    QHash<QString, Account> m_accounts;
};

#endif // ACCOUNTS_H
