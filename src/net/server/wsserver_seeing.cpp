// SPDX-License-Identifier: MIT

// What a server tells of itself.

#include <WsKit/wsserver.h>

#include "net/server/wsbrokerhub.h"
#include "net/server/wsmetrics.h"
#include "net/server/wsserver_p.h"

#include <limits>
#include <numeric>

qint64 WsHistogram::count() const
{
    return std::accumulate(counts.begin(), counts.end(), qint64(0));
}

double WsHistogram::quantile(double fraction) const
{
    const qint64 all = count();
    if (all == 0 || bounds.isEmpty() || !(fraction >= 0 && fraction <= 1))
        return std::numeric_limits<double>::quiet_NaN();
    const double rank = fraction * double(all);
    double below = 0;
    for (qsizetype i = 0; i < counts.size() && i < bounds.size(); ++i) {
        const double here = double(counts[i]);
        if (here > 0 && below + here >= rank) {
            const double start = i > 0 ? bounds[i - 1] : 0;
            return start + (bounds[i] - start) * (rank - below) / here;
        }
        below += here;
    }
    return bounds.last();
}

/*!
    Returns what the server counts, as it is now.

    The numbers that only grow count from the creation of the server; closing it, and listening again, does
    not reset them. The difference of two calls gives a rate. A message costs a few additions to counters of its
    own thread, besides what its connection counts anyway. The call itself visits every open connection, so call
    it for a display or a scrape and not for each message.

    The function may be called from any thread.

    \sa metrics(), {Monitoring a Server}
*/
WsServerStatistics WsServer::statistics() const
{
    return d->home->statistics();
}

/*!
    Returns statistics() as text for \l {https://prometheus.io}{Prometheus}, in version 0.0.4 of its text
    format. \l {Monitoring a Server} lists the metrics.

    The number of lines is limited: topics are listed up to the 100 with the most subscribers, and close codes
    of the application by their range. Labels contain nothing that a peer has sent, except topics, if the
    application names them so: each new name is a new series for Prometheus.

    The text is about one server. If a process has several, let Prometheus scrape each of them; their texts do
    not make a valid one together.

    The function may be called from any thread.

    \sa WsResponse::metrics()
*/
QByteArray WsServer::metrics() const
{
    const QByteArray text = wsMetrics(statistics());
    const std::shared_ptr<WsBrokerHub> hub = d->home->brokerHub();
    if (!hub || !hub->broker())
        return text;
    return text + wsMetrics(WsBrokerFigures{hub->state() == Ws::Open, hub->unsent, hub->missed});
}

/*!
    Returns an answer with status 200 and the metrics() of \a server, which no cache may store.

    \snippet snippets/monitoring.cpp endpoint

    Anybody who may send the request sees the figures and the names of topics. Answer it only for clients that
    are meant to, for example by WsRequest::peerAddress(), or have the server of the metrics listen on another
    address.

    \sa WsServer::metrics()
*/
WsResponse WsResponse::metrics(const WsServer &server)
{
    return WsResponse(
        200, server.metrics(),
        {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}});
}
