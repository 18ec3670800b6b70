// SPDX-License-Identifier: MIT
#ifndef WSTHROWN_H
#define WSTHROWN_H

#include <QtCore/qstring.h>

#ifdef __cpp_exceptions
#include <exception>
#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif
#endif

// Only for a catch block: returns what() of the current exception, or a text that says that it has none.
// Never null.
QString wsThrownText();

// Calls a function of the application. If it throws, calls \a onThrown with the text of the exception. If it
// does not, this costs nothing.
template <typename Call, typename OnThrown>
void wsCatch(Call &&call, OnThrown &&onThrown)
{
#ifdef __cpp_exceptions
    try {
        call();
#ifdef __GLIBCXX__
    } catch (const abi::__forced_unwind &) { // the thread is being cancelled, which nothing may stop
        throw;
#endif
    } catch (...) {
        onThrown(wsThrownText());
    }
#else
    call();
    (void)onThrown;
#endif
}

// The same, but returns the text of the exception, or null if there was none.
template <typename Call>
QString wsThrownBy(Call &&call)
{
    QString thrown;
    wsCatch(call, [&thrown](const QString &text) { thrown = text; });
    return thrown;
}

#endif // WSTHROWN_H
