// SPDX-License-Identifier: MIT
#ifndef WSRECONNECT_H
#define WSRECONNECT_H

#include <WsKit/wsglobal.h>

#include <QtCore/qobjectdefs.h>

#include <chrono>

class WSKIT_EXPORT WsReconnect
{
    Q_GADGET
    Q_PROPERTY(bool enabled READ enabled WRITE setEnabled FINAL)
#ifdef Q_QDOC // the C++ types are documented; the others are those that QML accepts in grouped properties
    Q_PROPERTY(std::chrono::milliseconds initialDelay READ initialDelay WRITE setInitialDelay FINAL)
    Q_PROPERTY(std::chrono::milliseconds maxDelay READ maxDelay WRITE setMaxDelay FINAL)
    Q_PROPERTY(std::chrono::milliseconds stableAfter READ stableAfter WRITE setStableAfter FINAL)
#else
    Q_PROPERTY(int initialDelay READ initialDelayMs WRITE setInitialDelayMs FINAL)
    Q_PROPERTY(int maxDelay READ maxDelayMs WRITE setMaxDelayMs FINAL)
    Q_PROPERTY(int stableAfter READ stableAfterMs WRITE setStableAfterMs FINAL)
#endif
    Q_PROPERTY(double factor READ factor WRITE setFactor FINAL)
    Q_PROPERTY(double jitter READ jitter WRITE setJitter FINAL)
    Q_PROPERTY(int maxAttempts READ maxAttempts WRITE setMaxAttempts FINAL)
    Q_PROPERTY(bool queueMessages READ queueMessages WRITE setQueueMessages FINAL)

public:
    WsReconnect() = default;

    bool enabled() const { return m_enabled; }
    void setEnabled(bool enabled) { m_enabled = enabled; }
    std::chrono::milliseconds initialDelay() const { return m_initialDelay; }
    void setInitialDelay(std::chrono::milliseconds delay);
    std::chrono::milliseconds maxDelay() const { return m_maxDelay; }
    void setMaxDelay(std::chrono::milliseconds delay);
    double factor() const { return m_factor; }
    void setFactor(double factor);
    double jitter() const { return m_jitter; }
    void setJitter(double jitter);
    int maxAttempts() const { return m_maxAttempts; }
    void setMaxAttempts(int count);
    std::chrono::milliseconds stableAfter() const { return m_stableAfter; }
    void setStableAfter(std::chrono::milliseconds time);
    bool queueMessages() const { return m_queueMessages; }
    void setQueueMessages(bool queue) { m_queueMessages = queue; }

    bool operator==(const WsReconnect &other) const;
    bool operator!=(const WsReconnect &other) const { return !(*this == other); }

private:
    // The same values in the types that QML's grouped properties accept.
    int initialDelayMs() const;
    void setInitialDelayMs(int ms);
    int maxDelayMs() const;
    void setMaxDelayMs(int ms);
    int stableAfterMs() const;
    void setStableAfterMs(int ms);

    std::chrono::milliseconds m_initialDelay{500};
    std::chrono::milliseconds m_maxDelay{30'000};
    std::chrono::milliseconds m_stableAfter{5'000};
    double m_factor = 2.0;
    double m_jitter = 0.5;
    int m_maxAttempts = -1;
    bool m_enabled = false;
    bool m_queueMessages = false;
};
Q_DECLARE_TYPEINFO(WsReconnect, Q_RELOCATABLE_TYPE);

#endif // WSRECONNECT_H
