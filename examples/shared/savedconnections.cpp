// SPDX-License-Identifier: MIT
#include "savedconnections.h"

#include "secrets.h"
#include "toolkittexts.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qurl.h>
#include <QtCore/qurlquery.h>

#include <algorithm>

namespace {
constexpr QLatin1String connectionsMember("connections");
constexpr QLatin1String headersMember("headers");

// In the file they are as here, in every language.
constexpr const char *passwordName = QT_TRANSLATE_NOOP("toolkit", "password");
constexpr const char *proxyPasswordName = QT_TRANSLATE_NOOP("toolkit", "proxy password");

// The members of a saved connection, by type.
struct TextMember
{
    const char *name;
    QString SavedConnection::*value;
};
struct ListMember
{
    const char *name;
    QStringList SavedConnection::*value;
};
struct NumberMember
{
    const char *name;
    qint64 SavedConnection::*value;
    qint64 most;
};
struct FlagMember
{
    const char *name;
    bool SavedConnection::*value;
};

constexpr TextMember textMembers[] = {
    {"url", &SavedConnection::url},
    {"origin", &SavedConnection::origin},
    {"host", &SavedConnection::host},
    {"proxy", &SavedConnection::proxy},
    {"localSocket", &SavedConnection::localSocket},
    {"user", &SavedConnection::user},
    {"password", &SavedConnection::password},
    {"tokenFile", &SavedConnection::tokenFile},
    {"caFile", &SavedConnection::caFile},
    {"certificateFile", &SavedConnection::certificateFile},
    {"keyFile", &SavedConnection::keyFile},
    {"passPhraseFile", &SavedConnection::passPhraseFile},
};
constexpr ListMember listMembers[] = {
    {"subprotocols", &SavedConnection::subprotocols},
    {"pins", &SavedConnection::pins},
    {"missing", &SavedConnection::missing},
};
constexpr NumberMember numberMembers[] = {
    {"maxRedirects", &SavedConnection::maxRedirects, 1000},
    {"maxMessageSize", &SavedConnection::maxMessageSize, 1 << 30},
    {"connectTimeoutMs", &SavedConnection::connectTimeoutMs, 24 * 60 * 60 * 1000},
};
constexpr FlagMember flagMembers[] = {
    {"ignoresTlsErrors", &SavedConnection::ignoresTlsErrors},
    {"isCompressed", &SavedConnection::isCompressed},
    {"reconnects", &SavedConnection::reconnects},
};

// Only what differs from the default is written.
QJsonObject toJson(const SavedConnection &connection)
{
    QJsonObject object;
    for (const auto &[name, value] : textMembers) {
        if (!(connection.*value).isEmpty())
            object.insert(QLatin1String(name), connection.*value);
    }
    for (const auto &[name, value] : listMembers) {
        if (!(connection.*value).isEmpty())
            object.insert(QLatin1String(name), QJsonArray::fromStringList(connection.*value));
    }
    for (const auto &[name, value] : flagMembers) {
        if (connection.*value)
            object.insert(QLatin1String(name), true);
    }
    for (const auto &[name, value, most] : numberMembers) {
        if (connection.*value > 0)
            object.insert(QLatin1String(name), std::min(connection.*value, most));
    }
    QJsonArray headers;
    for (const auto &[name, value] : connection.headers)
        headers.append(QJsonArray{QString::fromUtf8(name), QString::fromUtf8(value)});
    if (!headers.isEmpty())
        object.insert(headersMember, headers);
    return object;
}

// These return nothing, or what is wrong with the member.

QString readList(const QJsonValue &value, QStringList *list)
{
    if (!value.isArray())
        return Toolkit::tr("not an array");
    const QJsonArray array = value.toArray();
    for (const auto &element : array) {
        if (!element.isString())
            return Toolkit::tr("not an array of strings");
        list->append(element.toString());
    }
    return {};
}

QString readHeaders(const QJsonValue &value, WsHeaders *headers)
{
    const QString problem = Toolkit::tr("not an array of pairs [name, value]");
    if (!value.isArray())
        return problem;
    const QJsonArray array = value.toArray();
    for (const auto &element : array) {
        const QJsonArray pair = element.toArray();
        if (pair.size() != 2 || !pair.at(0).isString() || !pair.at(1).isString())
            return problem;
        headers->append({pair.at(0).toString().toUtf8(), pair.at(1).toString().toUtf8()});
    }
    return {};
}

QString readNumber(const QJsonValue &value, qint64 most, qint64 *number)
{
    *number = value.toInteger(-1);
    return *number < 0 || *number > most ? Toolkit::tr("not a number from 0 to %1").arg(most) : QString();
}

QString readMember(const QString &member, const QJsonValue &value, SavedConnection *connection)
{
    for (const TextMember &known : textMembers) {
        if (member == QLatin1String(known.name)) {
            connection->*known.value = value.toString();
            return value.isString() ? QString() : Toolkit::tr("not a string");
        }
    }
    for (const ListMember &known : listMembers) {
        if (member == QLatin1String(known.name))
            return readList(value, &(connection->*known.value));
    }
    for (const NumberMember &known : numberMembers) {
        if (member == QLatin1String(known.name))
            return readNumber(value, known.most, &(connection->*known.value));
    }
    for (const FlagMember &known : flagMembers) {
        if (member == QLatin1String(known.name)) {
            connection->*known.value = value.toBool();
            return value.isBool() ? QString() : Toolkit::tr("not true or false");
        }
    }
    if (member == headersMember)
        return readHeaders(value, &connection->headers);
    return {}; // of a newer version
}

QString readConnections(const StoredJson &file, const QJsonObject &object, QJsonObject *connections)
{
    const QJsonValue value = object.value(connectionsMember);
    if (!value.isUndefined() && !value.isObject())
        return file.problemOf(connectionsMember, Toolkit::tr("not an object"));
    *connections = value.toObject();
    return {};
}

QStringList secretParameters(const QUrl &url)
{
    QStringList names;
    const auto items = QUrlQuery(url).queryItems(QUrl::FullyDecoded);
    for (const auto &[name, value] : items) {
        if (Secrets::isSecret(name) && !value.isEmpty())
            names.append(name);
    }
    return names;
}
} // namespace

QString SavedConnections::defaultFileName()
{
    return StoredJson::directory() + QStringLiteral("/connections.json");
}

QString SavedConnections::load()
{
    QJsonObject object;
    const QString error = m_file.read(&object);
    return error.isEmpty() ? readConnections(m_file, object, &m_connections) : error;
}

QString SavedConnections::save(const QString &name, const SavedConnection &connection, SecretPolicy policy)
{
    if (name.isEmpty())
        return Toolkit::tr("a saved connection needs a name");
    const QJsonObject saved = toJson(policy == SecretPolicy::Keep ? connection : withoutSecrets(connection));
    return m_file.change([&](QJsonObject *object) {
        const QString error = readConnections(m_file, *object, &m_connections);
        if (!error.isEmpty())
            return error;
        m_connections.insert(name, saved);
        object->insert(connectionsMember, m_connections);
        return QString();
    });
}

QString SavedConnections::remove(const QString &name)
{
    return m_file.change([&](QJsonObject *object) {
        const QString error = readConnections(m_file, *object, &m_connections);
        if (!error.isEmpty())
            return error;
        if (!m_connections.contains(name))
            return Toolkit::tr("there is no saved connection “%1”").arg(name);
        m_connections.remove(name);
        object->insert(connectionsMember, m_connections);
        return QString();
    });
}

QString SavedConnections::find(const QString &name, SavedConnection *connection) const
{
    *connection = {};
    const QString path = QString(connectionsMember) + u'.' + name;
    if (!m_connections.contains(name))
        return Toolkit::tr("there is no saved connection “%1”").arg(name);
    if (!m_connections.value(name).isObject())
        return m_file.problemOf(path, Toolkit::tr("not an object"));
    const QJsonObject object = m_connections.value(name).toObject();
    for (auto member = object.constBegin(); member != object.constEnd(); ++member) {
        const QString problem = readMember(member.key(), member.value(), connection);
        if (!problem.isEmpty())
            return m_file.problemOf(path + u'.' + member.key(), problem);
    }
    return {};
}

SavedConnection SavedConnections::withoutSecrets(const SavedConnection &connection)
{
    SavedConnection bare = connection;
    bare.missing = secretParameters(QUrl(connection.url));
    bare.url = Secrets::storedUrl(QUrl(connection.url));
    bare.proxy = Secrets::storedProxy(connection.proxy);
    bare.password.clear();
    bare.headers.clear();
    for (const auto &header : connection.headers) {
        if (Secrets::isSecret(QString::fromUtf8(header.first)))
            bare.missing.append(QString::fromUtf8(header.first));
        else
            bare.headers.append(header);
    }
    if (!connection.password.isEmpty() || !QUrl(connection.url).password().isEmpty())
        bare.missing.append(QLatin1String(passwordName));
    if (!QUrl(connection.proxy).password().isEmpty())
        bare.missing.append(QLatin1String(proxyPasswordName));
    return bare;
}

QString SavedConnections::shownSecrets(const QStringList &missing)
{
    QStringList shown;
    for (const QString &name : missing) {
        const bool isOurs = name == QLatin1String(passwordName) || name == QLatin1String(proxyPasswordName);
        shown.append(isOurs ? Toolkit::tr(name.toLatin1().constData()) : name);
    }
    return shown.join(QStringLiteral(", "));
}
