// SPDX-License-Identifier: MIT
#include "net/loop/wsthrown.h"

#ifdef __cpp_exceptions
#include <QtCore/qexception.h>

namespace {
QString textOf(const char *what)
{
    const QString text = QString::fromUtf8(what);
    return text.isEmpty() ? QStringLiteral("an exception without a text") : text;
}
} // namespace

QString wsThrownText()
{
    try {
        throw;
    } catch (const QUnhandledException &error) { // QtConcurrent wraps other exceptions in it
        if (!error.exception())
            return textOf(error.what());
        return wsThrownBy([&error] { std::rethrow_exception(error.exception()); });
    } catch (const std::exception &error) {
        return textOf(error.what());
    } catch (...) {
        return QStringLiteral("an exception that is not derived from std::exception");
    }
}
#else
QString wsThrownText()
{
    return QStringLiteral("an exception");
}
#endif
