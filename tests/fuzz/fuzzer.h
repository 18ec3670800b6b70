// SPDX-License-Identifier: MIT
#ifndef FUZZER_H
#define FUZZER_H

#include <QtCore/qbytearray.h>

// A fuzzer is a check: a function that returns what is wrong, or nothing if all is well. A file fuzz_x.cpp
// ends with
//
//     WSKIT_FUZZER(x, XCheck::check)
//
// With Clang it becomes the program fuzz_x, which libFuzzer runs (libfuzzer.cpp). With every compiler it is
// also part of fuzz_smoke, which runs the check on the files in corpus/x and on changed copies of them
// (fuzzsmoke.cpp). Both have an application object. A check that is slow names a smaller number of copies:
// WSKIT_FUZZER(x, check, 300).
namespace Fuzzer {

using Check = QByteArray (*)(const QByteArray &input);

class Registration
{
public:
    Registration(const char *name, Check check, int changedInputs = 2000);
};

} // namespace Fuzzer

#define WSKIT_FUZZER(name, ...) static const Fuzzer::Registration registrationOf_##name(#name, __VA_ARGS__);

#endif // FUZZER_H
