// SPDX-License-Identifier: MIT
#include "accounts.h"

#include "secrets.h"

#include <QtCore/QPromise>
#include <QtCore/QThreadPool>
#include <QtNetwork/QPasswordDigestor>

#include <memory>

void Accounts::add(const QString &user, const QString &password)
{
    const QByteArray salt = newSecret();
    m_accounts.insert(user, {salt, hashOf(password, salt)});
}

QByteArray Accounts::hashOf(const QString &password, const QByteArray &salt)
{
    constexpr int Iterations = 100'000;
    return QPasswordDigestor::deriveKeyPbkdf2(QCryptographicHash::Sha256, password.toUtf8(), salt, Iterations,
                                              32);
}

bool Accounts::matches(const Account &account, const QString &password)
{
    return isSame(hashOf(password, account.salt), account.hash);
}

// For an unknown user it takes as long, so that nobody learns which users exist.
QFuture<bool> Accounts::check(const QString &user, const QString &password) const
{
    static const Account nobody{newSecret(), QByteArray(32, '\0')};
    const Account account = m_accounts.value(user, nobody);
    const auto promise = std::make_shared<QPromise<bool>>();
    promise->start();
    QThreadPool::globalInstance()->start([promise, account, password] {
        promise->addResult(matches(account, password));
        promise->finish();
    });
    return promise->future();
}
