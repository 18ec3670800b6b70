// SPDX-License-Identifier: MIT
#include "protocol/wsframe.h"
#include "protocol/wsmemory.h"
#include "protocol/wsoutput.h"
#include "protocol/wspreparedmessage_p.h"
#include "protocol/wsutf8.h"

#include <algorithm>

namespace {
// The header of a frame with \a payloadSize bytes, and behind it \a payload.
QByteArray encodedFrame(Ws::MessageType type, quint8 rsv, qsizetype payloadSize, QByteArrayView payload)
{
    WsFrameHeader header;
    header.opcode = wsOpcodeOf(type);
    header.rsv = rsv;
    header.length = quint64(payloadSize);
    const qsizetype headerSize = header.encodedSize();
    QByteArray frame(headerSize + payload.size(), Qt::Uninitialized);
    header.encode(frame.data());
    std::copy(payload.begin(), payload.end(), frame.begin() + headerSize);
    return frame;
}

QByteArray plainFrame(const WsMessage &message)
{
    const QByteArray &payload = message.data();
    const bool isSmall = payload.size() < WsOutput::ShareFrom;
    return encodedFrame(message.type(), 0, payload.size(),
                        isSmall ? QByteArrayView(payload) : QByteArrayView());
}

QByteArray deflatedFrame(const WsMessage &message, const WsDeflateParameters &parameters)
{
    QByteArray compressed;
    std::unique_ptr<WsDeflater> deflater = WsDeflater::take(parameters);
    deflater->deflate(message.data(), WsDeflater::Flush::Message, &compressed);
    WsDeflater::giveBack(std::move(deflater));
    if (compressed.size() >= message.data().size())
        return {};
    return encodedFrame(message.type(), WsFrameHeader::Rsv1, compressed.size(), compressed);
}

WsPreparedMessageData::Pointer newForm(const WsMessage &message,
                                       const WsPreparedMessageData::Parameters &parameters)
{
    WsPreparedMessageData::Pointer form(new WsPreparedMessageData);
    form->message = message;
    form->isForm = true;
    form->parameters = parameters;
    if (parameters)
        form->formMemory = message.data().size() + WsPreparedFrame::FormCost;
    return form;
}

WsPreparedMessageData::Pointer findForm(WsPreparedMessageData &data,
                                        const WsPreparedMessageData::Parameters &parameters)
{
    if (data.isForm && data.parameters == parameters)
        return WsPreparedMessageData::Pointer(&data);
    const QMutexLocker locker(&data.mutex);
    for (const WsPreparedMessageData::Pointer &form : data.forms) {
        if (form->parameters == parameters)
            return form;
    }
    return data.forms.emplace_back(newForm(data.message, parameters));
}
} // namespace

// Only those that need the same wait while it is compressed.
QByteArray WsPreparedFrame::deflated(const WsPreparedMessage &message, const WsDeflateParameters &parameters)
{
    const WsPreparedMessageData::Pointer form = findForm(*message.d, parameters);
    const QMutexLocker locker(&form->makingMutex);
    if (!form->isDeflated) {
        form->deflatedFrame = deflatedFrame(form->message, parameters);
        form->formMemory = form->deflatedFrame.capacity() + FormCost;
        form->isDeflated = true;
    }
    return form->deflatedFrame;
}

qint64 WsPreparedFrame::deflatedSize(const WsPreparedMessage &message)
{
    WsPreparedMessageData &data = *message.d;
    qint64 size = data.formMemory;
    const QMutexLocker locker(&data.mutex);
    for (const WsPreparedMessageData::Pointer &form : data.forms)
        size += form->formMemory;
    return size;
}

WsPreparedMessage WsPreparedFrame::formFor(const WsPreparedMessage &message,
                                           const WsPreparedMessageData::Parameters &parameters)
{
    WsPreparedMessage form;
    form.d = findForm(*message.d, parameters);
    return form;
}

// Nobody changes it once it is made.
const QByteArray &WsPreparedFrame::frameOfForm(WsPreparedMessageData &form)
{
    const QMutexLocker locker(&form.makingMutex);
    if (form.frame.isNull())
        form.frame = plainFrame(form.message);
    return form.frame;
}

/*!
    \class WsPreparedMessage
    \inmodule WsKit
    \inheaderfile WsKit/WsPreparedMessage
    \brief A message that is encoded once and sent to many connections.

    Every client of a server gets the same bytes for the same message, because a server does not mask
    (RFC 6455 §5.1). A prepared message contains those bytes, and all connections that send it share them.
    It is also compressed only once for all connections with the same parameters; see WsCompression.

    \code
    const auto news = WsPreparedMessage::text(headline);
    for (WsConnection *connection : server.connections())
        connection->send(news);
    \endcode

    WsServer::broadcast() does the same automatically. A client can send a prepared message too, but gains
    nothing from it, because it masks each frame with a new key. The class is implicitly shared and can be
    passed between threads.
*/

/*! Constructs a null message; sending it fails. */
WsPreparedMessage::WsPreparedMessage() = default;

/*!
    Prepares \a message. If the data of a text message is not UTF-8, isNull() returns \c true, and sending the
    prepared message fails.
*/
WsPreparedMessage::WsPreparedMessage(const WsMessage &message)
{
    if (message.isText() && !wsIsValidUtf8(message.data()))
        return;
    d = new WsPreparedMessageData;
    d->message = WsMessage(message.type(), wsFitting(message.data()));
    d->frame = plainFrame(d->message);
}

WsPreparedMessage::WsPreparedMessage(const WsPreparedMessage &) = default;
WsPreparedMessage::WsPreparedMessage(WsPreparedMessage &&) noexcept = default;
WsPreparedMessage &WsPreparedMessage::operator=(const WsPreparedMessage &) = default;
WsPreparedMessage &WsPreparedMessage::operator=(WsPreparedMessage &&) noexcept = default;
WsPreparedMessage::~WsPreparedMessage() = default;

/*! Prepares a text message with \a text. */
WsPreparedMessage WsPreparedMessage::text(const QString &text)
{
    return WsPreparedMessage(WsMessage::text(text));
}

/*!
    \overload
    Prepares a text message with the payload \a utf8.
*/
WsPreparedMessage WsPreparedMessage::text(const QByteArray &utf8)
{
    return WsPreparedMessage(WsMessage::text(utf8));
}

/*! Prepares a binary message with the payload \a data. */
WsPreparedMessage WsPreparedMessage::binary(const QByteArray &data)
{
    return WsPreparedMessage(WsMessage::binary(data));
}

/*! Returns whether there is nothing to send: the message is default-constructed or not valid UTF-8. */
bool WsPreparedMessage::isNull() const
{
    return !d;
}

/*! Returns the message that was prepared. */
WsMessage WsPreparedMessage::message() const
{
    return d ? d->message : WsMessage();
}

/*! Returns the size of the payload, in bytes. */
qint64 WsPreparedMessage::size() const
{
    return d ? d->message.data().size() : 0;
}
