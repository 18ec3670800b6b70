// SPDX-License-Identifier: MIT
#ifndef WSSHOWNURL_H
#define WSSHOWNURL_H

#include <QtCore/qstring.h>

QT_BEGIN_NAMESPACE
class QUrl;
QT_END_NAMESPACE

// \a url as errors and the log show it: without user name, password, query and fragment, which may be
// secrets. An invalid URL is shown as the text that it was made of.
QString wsShownUrl(const QUrl &url);

// Why \a url is invalid, without the text that it was made of.
QString wsUrlProblem(const QUrl &url);

// Why nobody can connect to the host and the port of \a url, if so.
QString wsHostProblem(const QUrl &url);

#endif // WSSHOWNURL_H
