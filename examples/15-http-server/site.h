// SPDX-License-Identifier: MIT
#ifndef SITE_H
#define SITE_H

#include "sharedport.h"

#include <WsKit/WsServer>

// Lets a web server answer all requests for \a port that are not for WebSockets: the QHttpServer of
// site_qhttpserver.cpp, or \a webSockets itself where that module of Qt is missing (site_wsserver.cpp). The
// port must be listening. Returns the name of who answers.
const char *serveSite(SharedPort *port, WsServer *webSockets);

#endif // SITE_H
