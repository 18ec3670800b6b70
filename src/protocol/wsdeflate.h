// SPDX-License-Identifier: MIT
#ifndef WSDEFLATE_H
#define WSDEFLATE_H

#include <QtCore/qbytearray.h>

#include <memory>

struct z_stream_s;

// zlib as RFC 7692 uses it: raw deflate, flushed to a byte's boundary at the end of each message.

struct WsDeflateParameters
{
    quint8 level = 6;
    quint8 memLevel = 8;
    quint8 windowBits = 15;

    bool operator==(const WsDeflateParameters &) const = default;
};

class WsDeflater
{
public:
    enum class Flush : quint8 {
        Later,  // what comes of it may stay inside until more follows
        Now,    // everything so far can be inflated from what came out
        Message // the same, without the four bytes that every message ends with (§7.2.1)
    };

    // zlib has no window of 2^8 bytes.
    static bool isPossible(const WsDeflateParameters &parameters) { return parameters.windowBits >= 9; }
    explicit WsDeflater(const WsDeflateParameters &parameters);
    ~WsDeflater();
    Q_DISABLE_COPY_MOVE(WsDeflater)

    const WsDeflateParameters &parameters() const { return m_parameters; }
    // Appends to \a out what comes of \a bytes.
    void deflate(QByteArrayView bytes, Flush flush, QByteArray *out);
    // Forgets what was sent: nothing refers to it any more.
    void reset();

    // One that is fresh, of those that the thread keeps where one fits; to be given back.
    static std::unique_ptr<WsDeflater> take(const WsDeflateParameters &parameters);
    static void giveBack(std::unique_ptr<WsDeflater> deflater);

private:
    std::unique_ptr<z_stream_s> m_stream;
    WsDeflateParameters m_parameters;
};

class WsInflater
{
public:
    explicit WsInflater(quint8 windowBits);
    ~WsInflater();
    Q_DISABLE_COPY_MOVE(WsInflater)

    quint8 windowBits() const { return m_windowBits; }
    void beginMessage();
    // What is to be inflated next. It is used until inflate() returns; keepInput() makes what is left last.
    void setInput(QByteArrayView bytes);
    void keepInput();
    // The end that RFC 7692 §7.2.1 takes off a message.
    void setMessageEnd();
    // Inflates at most \a size bytes to \a out; returns how many, and -1 where the input is not deflated data
    // and all that comes before that is out.
    qsizetype inflate(char *out, qsizetype size);
    // Whether all the input was used, and all that comes of it is out.
    bool needsInput() const { return m_needsInput; }
    // Whether the message ends between two blocks, where it must.
    bool isBetweenBlocks() const;
    void reset();

    static std::unique_ptr<WsInflater> take(quint8 windowBits);
    static void giveBack(std::unique_ptr<WsInflater> inflater);

private:
    std::unique_ptr<z_stream_s> m_stream;
    QByteArray m_kept;
    quint8 m_windowBits;
    bool m_needsInput = true;
    bool m_isAfterLastBlock = false; // of the peer's, and nothing followed yet
};

#endif // WSDEFLATE_H
