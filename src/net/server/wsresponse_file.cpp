// SPDX-License-Identifier: MIT
#include <WsKit/wsrequest.h>
#include <WsKit/wsresponse.h>

/*!
    \overload
*/
WsResponse WsResponse::file(const QString &root, const WsRequest &request)
{
    return file(root + request.path());
}
