// SPDX-License-Identifier: MIT
#ifndef WSHTTPDATE_H
#define WSHTTPDATE_H

#include <QtCore/qbytearray.h>

// The time of day, for the Date header. Tests replace its clock.
class WsHttpDate
{
public:
    using Function = qint64 (*)(); // seconds since 1970

    // Returns the time in the format of HTTP. The text is made once for each second and thread.
    static QByteArray now();
    // Null restores the real clock. Must not be called while other threads use it.
    static void replace(Function function) { s_function = function; }

private:
    static inline Function s_function = nullptr;
};

#endif // WSHTTPDATE_H
