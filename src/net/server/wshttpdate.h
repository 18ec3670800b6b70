// SPDX-License-Identifier: MIT
#ifndef WSHTTPDATE_H
#define WSHTTPDATE_H

#include <QtCore/qbytearray.h>

// The clock on the wall, for the Date header. Tests replace it by their own.
class WsHttpDate
{
public:
    using Function = qint64 (*)(); // seconds since 1970

    // As HTTP writes it; made once for each second and thread.
    static QByteArray now();
    // Null brings the real clock back. Not while other threads use it.
    static void replace(Function function) { s_function = function; }

private:
    static inline Function s_function = nullptr;
};

#endif // WSHTTPDATE_H
