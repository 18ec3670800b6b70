// SPDX-License-Identifier: MIT
#ifndef WSPREPAREDMESSAGE_P_H
#define WSPREPAREDMESSAGE_P_H

#include "protocol/wsdeflate.h"

#include <WsKit/wspreparedmessage.h>

#include <QtCore/qmutex.h>
#include <QtCore/qshareddata.h>

#include <atomic>
#include <optional>
#include <vector>

// A message that many connections share, or one form of it: what connections with the same parameters need of
// it, and nothing of others. A connection for which the message waits holds its form alone.
class WsPreparedMessageData : public QSharedData
{
public:
    using Pointer = QExplicitlySharedDataPointer<WsPreparedMessageData>;
    using Parameters = std::optional<WsDeflateParameters>;

    WsMessage message;
    // One unmasked frame, as every client of a server receives it. For a large message this is the header
    // alone; the payload is sent after it, so that it is not stored twice. A form has it once it is needed.
    QByteArray frame;
    QMutex mutex; // guards the forms, because threads can share the message
    std::vector<Pointer> forms;

    bool isForm = false;
    Parameters parameters; // of a form; null: for those that do not compress the message
    QMutex makingMutex;    // of a form: guards its two frames until they are made
    bool isDeflated = false;
    QByteArray deflatedFrame;          // null if it would not be shorter
    std::atomic<qint64> formMemory{0}; // what that takes; before it is made, the most that it may take
};

// The engine's view of a prepared message.
struct WsPreparedFrame
{
    // The memory that a form takes, besides its compressed bytes.
    static constexpr qint64 FormCost = 256;

    static const QByteArray &of(const WsPreparedMessage &message)
    {
        return Q_LIKELY(!message.d->isForm) ? message.d->frame : frameOfForm(*message.d);
    }
    // Returns a frame that does not refer to earlier messages, or a null array if it would not be shorter. It
    // is made once for all connections with these parameters.
    static QByteArray deflated(const WsPreparedMessage &message, const WsDeflateParameters &parameters);
    // How much memory all compressed frames take, or will, if connections hold their forms already.
    static qint64 deflatedSize(const WsPreparedMessage &message);
    // What connections that have agreed on \a parameters, or on none, hold of a message that waits. All of
    // them share it.
    static WsPreparedMessage formFor(const WsPreparedMessage &message,
                                     const WsPreparedMessageData::Parameters &parameters);

private:
    Q_DECL_COLD_FUNCTION static const QByteArray &frameOfForm(WsPreparedMessageData &form);
};

#endif // WSPREPAREDMESSAGE_P_H
