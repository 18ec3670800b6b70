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

// To be called in a handler of exceptions: what() of the one that is handled, or that there is none. Never null.
QString wsThrownText();

// Calls a function that belongs to the application; then \a onThrown with the text of what it threw, if it did.
// If it did not, that costs nothing.
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

// Returns the text of what it threw; null if it returned.
template <typename Call>
QString wsThrownBy(Call &&call)
{
    QString thrown;
    wsCatch(call, [&thrown](const QString &text) { thrown = text; });
    return thrown;
}

#endif // WSTHROWN_H
