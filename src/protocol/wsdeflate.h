// SPDX-License-Identifier: MIT
#ifndef WSDEFLATE_H
#define WSDEFLATE_H

#include <QtCore/qbytearray.h>

#include <memory>

struct z_stream_s;

// zlib as RFC 7692 uses it: raw deflate, flushed to a byte boundary at the end of each message.

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
        Later,  // output may be kept back until more input follows
        Now,    // the output so far is enough to inflate all input so far
        Message // the same, without the four bytes at the end of every message (§7.2.1)
    };

    // zlib does not support a window of 2^8 bytes.
    static bool isPossible(const WsDeflateParameters &parameters) { return parameters.windowBits >= 9; }
    explicit WsDeflater(const WsDeflateParameters &parameters);
    ~WsDeflater();
    Q_DISABLE_COPY_MOVE(WsDeflater)

    const WsDeflateParameters &parameters() const { return m_parameters; }
    // Compresses \a bytes, unless there is no memory for that, and appends the output to \a out.
    void deflate(QByteArrayView bytes, Flush flush, QByteArray *out);
    // Forgets earlier messages: later ones do not refer to them.
    void reset();

    // Returns one without history, if possible one that the thread has kept. The caller gives it back.
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
    // Sets the input of inflate(). It is not copied; keepInput() copies the rest of it so that it stays
    // valid.
    void setInput(QByteArrayView bytes);
    void keepInput();
    // Sets the end that RFC 7692 §7.2.1 removes from a message as input.
    void setMessageEnd();
    // What inflate() returns, after all output before that point.
    static constexpr qsizetype Broken = -1; // the input is not deflated data
    static constexpr qsizetype NoMemory = -2;
    // Inflates at most \a size bytes to \a out and returns their number, Broken, or NoMemory.
    qsizetype inflate(char *out, qsizetype size);
    // Whether all input has been used and all its output returned.
    bool needsInput() const { return m_needsInput; }
    // Whether the input so far ends between two blocks, as a message must.
    bool isBetweenBlocks() const;
    void reset();

    static std::unique_ptr<WsInflater> take(quint8 windowBits);
    static void giveBack(std::unique_ptr<WsInflater> inflater);

private:
    std::unique_ptr<z_stream_s> m_stream;
    QByteArray m_kept;
    quint8 m_windowBits;
    bool m_needsInput = true;
    bool m_isAfterLastBlock = false; // the peer has sent a final block, and nothing after it yet
};

#endif // WSDEFLATE_H
