// SPDX-License-Identifier: MIT
#include "testprogram.h"

#include <QtCore/qcoreapplication.h>
#include <QtTest/qtest.h>

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {
using namespace TestProgram;

struct Test
{
    Application application;
    Maker maker;
};

// A function, for it is used before main() begins.
std::map<std::string, Test, std::less<>> &tests()
{
    static std::map<std::string, Test, std::less<>> all;
    return all;
}

std::string stem(std::string_view file)
{
    file.remove_prefix(file.find_last_of("/\\") + 1);
    return std::string(file.substr(0, file.find('.')));
}

int run(const Test &test, int argc, char **argv)
{
    std::unique_ptr<QCoreApplication> application;
    if (test.application == Application::Needed)
        application = std::make_unique<QCoreApplication>(argc, argv);
    const std::unique_ptr<QObject> object = test.maker();
    return QTest::qExec(object.get(), argc, argv);
}
} // namespace

TestProgram::Registration::Registration(const char *sourceFile, Application application, Maker maker)
{
    tests().insert({stem(sourceFile), {application, maker}});
}

int main(int argc, char **argv)
{
    const auto test = argc > 1 ? tests().find(std::string_view(argv[1])) : tests().end();
    if (test == tests().end()) {
        std::fprintf(stderr, "usage: %s TEST [arguments of Qt Test]\nTEST is one of:\n", argv[0]);
        for (const auto &each : tests())
            std::fprintf(stderr, "  %s\n", each.first.c_str());
        return 2;
    }
    std::vector<char *> arguments(argv, argv + argc + 1); // with the null pointer at the end
    arguments.erase(arguments.begin() + 1);
    return run(test->second, argc - 1, arguments.data());
}
