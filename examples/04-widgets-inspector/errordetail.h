// SPDX-License-Identifier: MIT
#ifndef ERRORDETAIL_H
#define ERRORDETAIL_H

#include <QtCore/QString>
#include <QtNetwork/QSslError>

class WsError;
class WsResponse;

// What is known of an error beyond its text, and what the user can try: in lines.
QString errorDetail(const WsError &error, const WsResponse &response, const QList<QSslError> &tlsErrors);

#endif // ERRORDETAIL_H
