// SPDX-License-Identifier: MIT
#ifndef SESSIONRECORD_H
#define SESSIONRECORD_H

#include <WsKit/WsHeaders>

#include <QtCore/qbytearray.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qlist.h>
#include <QtCore/qstring.h>
#include <QtCore/qurl.h>

#include <chrono>
#include <optional>

QT_BEGIN_NAMESPACE
class QIODevice;
QT_END_NAMESPACE

class WsConnection;

// How a session began.
struct SessionHead
{
    QUrl url;
    QDateTime started;
    QByteArray method = QByteArrayLiteral("GET");
    QByteArray target;
    WsHeaders requestHeaders;
    int status = 101;
    WsHeaders responseHeaders;

    static SessionHead of(const WsConnection &connection);
    // Without passwords, tokens and cookies in the URL and the headers.
    SessionHead withoutSecrets() const;
    // Those that the client has offered, the preferred one first.
    QStringList subprotocols() const;

    bool operator==(const SessionHead &) const = default;
};

// One message, one control frame, or the end of a connection.
struct SessionEvent
{
    enum class Direction { Sent, Received };
    enum class Type { Text, Binary, Ping, Pong, Close };

    std::chrono::microseconds time{0}; // since the beginning of the session
    Direction direction = Direction::Sent;
    Type type = Type::Text;
    QByteArray payload;    // of a Close: the reason
    quint16 closeCode = 0; // of a Close

    bool isMessage() const { return type == Type::Text || type == Type::Binary; }

    bool operator==(const SessionEvent &) const = default;
};

struct Session
{
    SessionHead head;
    QList<SessionEvent> events;
};

// A session as JSON Lines: first the head, then one line for each event:
//
//   {"wskit":"session","version":1,"url":"ws://…","started":"2026-01-31T12:00:00.000Z",
//    "request":{"method":"GET","target":"/","headers":[["Host","…"]]},
//    "response":{"status":101,"headers":[]}}
//   {"time":12.5,"direction":"sent","type":"text","text":"hello"}
//   {"time":13,"direction":"received","type":"binary","base64":"AAE="}
//   {"time":20,"direction":"received","type":"close","code":1000,"text":"bye"}
//
// Times are milliseconds. Pings and pongs have their payload in `base64`.
namespace SessionRecord {
constexpr qint64 MaxLineSize = 256 * 1024 * 1024;

// A line with its line break.
QByteArray headLine(const SessionHead &head);
QByteArray eventLine(const SessionEvent &event);
} // namespace SessionRecord

// Reads a record line by line. What is wrong is reported with the number of the line; nothing is quoted from
// the messages.
class SessionReader
{
public:
    // Reads from an open device, which must outlive the reader.
    explicit SessionReader(QIODevice *device, qint64 maxLineSize = SessionRecord::MaxLineSize);

    std::optional<SessionHead> readHead();
    // Returns nothing at the end of the record, or if there is a problem.
    std::optional<SessionEvent> readEvent();
    const QString &problem() const { return m_problem; }

private:
    bool readLine(QByteArray *line);
    void fail(const QString &text);

    QIODevice *m_device;
    qint64 m_maxLineSize;
    qint64 m_lineNumber = 0;
    QString m_problem;
};

// Reads a whole file. Returns an empty text, or what is wrong.
QString readSession(const QString &fileName, Session *session);

#endif // SESSIONRECORD_H
