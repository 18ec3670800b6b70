// SPDX-License-Identifier: MIT
#ifndef WSCOMPRESSION_H
#define WSCOMPRESSION_H

#include <WsKit/wsglobal.h>

#include <QtCore/qobjectdefs.h>

class WSKIT_EXPORT WsCompression
{
    Q_GADGET
    Q_PROPERTY(bool enabled READ enabled WRITE setEnabled FINAL)
    Q_PROPERTY(int threshold READ threshold WRITE setThreshold FINAL)
    Q_PROPERTY(int level READ level WRITE setLevel FINAL)
    Q_PROPERTY(int memLevel READ memLevel WRITE setMemLevel FINAL)
    Q_PROPERTY(int windowBits READ windowBits WRITE setWindowBits FINAL)
    Q_PROPERTY(int peerWindowBits READ peerWindowBits WRITE setPeerWindowBits FINAL)
    Q_PROPERTY(bool contextTakeover READ contextTakeover WRITE setContextTakeover FINAL)
    Q_PROPERTY(bool peerContextTakeover READ peerContextTakeover WRITE setPeerContextTakeover FINAL)

public:
    WsCompression() = default;

    bool enabled() const { return m_enabled; }
    void setEnabled(bool enabled) { m_enabled = enabled; }
    int threshold() const { return m_threshold; }
    void setThreshold(int bytes);
    int level() const { return m_level; }
    void setLevel(int level);
    int memLevel() const { return m_memLevel; }
    void setMemLevel(int level);
    int windowBits() const { return m_windowBits; }
    void setWindowBits(int bits);
    int peerWindowBits() const { return m_peerWindowBits; }
    void setPeerWindowBits(int bits);
    bool contextTakeover() const { return m_contextTakeover; }
    void setContextTakeover(bool takeover) { m_contextTakeover = takeover; }
    bool peerContextTakeover() const { return m_peerContextTakeover; }
    void setPeerContextTakeover(bool takeover) { m_peerContextTakeover = takeover; }

    bool operator==(const WsCompression &other) const;
    bool operator!=(const WsCompression &other) const { return !(*this == other); }

private:
    int m_threshold = 128;
    qint8 m_level = 6;
    qint8 m_memLevel = 5;
    qint8 m_windowBits = 12;
    qint8 m_peerWindowBits = 15;
    bool m_enabled = false;
    bool m_contextTakeover = true;
    bool m_peerContextTakeover = true;
};
Q_DECLARE_TYPEINFO(WsCompression, Q_RELOCATABLE_TYPE);

#endif // WSCOMPRESSION_H
