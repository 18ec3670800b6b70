// SPDX-License-Identifier: MIT
#include "logins.h"

#include <QtNetwork/QAuthenticator>

#include <utility>

void Logins::set(const QString &place, const QString &user, const QString &password)
{
    m_logins.insert(place, {user, password});
}

QString Logins::answer(const QString &place, QAuthenticator *authenticator)
{
    const Login login = m_logins.value(place);
    if (login.user.isEmpty() || m_used.contains(place)) {
        m_logins.remove(place);
        m_question = {place, authenticator->realm(), login.user};
        return {};
    }
    m_used.insert(place);
    authenticator->setUser(login.user);
    authenticator->setPassword(login.password);
    return login.user;
}

void Logins::beginOpening()
{
    m_used.clear();
    m_question = {};
}

Logins::Question Logins::takeQuestion()
{
    return std::exchange(m_question, {});
}
