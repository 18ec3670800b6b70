// SPDX-License-Identifier: MIT
#ifndef QUICKBROKER_H
#define QUICKBROKER_H

#include "brokertesting.h"

#include <WsKit/WsRedisBroker>

namespace RedisTesting {
using namespace BrokerTesting;

// A broker for tests, which does not wait long before it tries again.
class QuickBroker : public WsRedisBroker
{
public:
    explicit QuickBroker(const QUrl &url = {})
    {
        setReconnectDelay(std::chrono::milliseconds(5), std::chrono::milliseconds(50));
        setCheckInterval(std::chrono::milliseconds(Patience));
        connect(this, &WsBroker::errorOccurred, this, [this](const WsError &error) { errors.append(error); });
        setUrl(url);
    }
    QStringList errorTexts() const
    {
        QStringList texts;
        for (const WsError &error : errors)
            texts.append(error.text());
        return texts;
    }
    QList<WsError> errors;
};

inline bool waitForState(const WsBroker &broker, Ws::State state)
{
    return waitFor([&] { return broker.state() == state; });
}
} // namespace RedisTesting

#endif // QUICKBROKER_H
