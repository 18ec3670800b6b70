// SPDX-License-Identifier: MIT
#ifndef TESTPROGRAM_H
#define TESTPROGRAM_H

#include <QtCore/qobject.h>

#include <memory>

// Many tests in one program, which builds faster than a program for each. A test that ends with
//
//     WSKIT_TEST(TestWsLink)             // as QTEST_GUILESS_MAIN, with an application object
//     WSKIT_APPLESS_TEST(TestWsFrame)    // as QTEST_APPLESS_MAIN
//
// is run as `<program> tst_wslink [arguments of Qt Test]`: every run is of one test, in a process of its own.
namespace TestProgram {
enum class Application { Needed, NotNeeded };
using Maker = std::unique_ptr<QObject> (*)();

// Adds the test of a source file, which has its name.
class Registration
{
public:
    Registration(const char *sourceFile, Application application, Maker maker);
};
} // namespace TestProgram

#define WSKIT_REGISTER_TEST(Class, application) \
    static const TestProgram::Registration registrationOf##Class( \
        __FILE__, application, []() -> std::unique_ptr<QObject> { return std::make_unique<Class>(); });
#define WSKIT_TEST(Class) WSKIT_REGISTER_TEST(Class, TestProgram::Application::Needed)
#define WSKIT_APPLESS_TEST(Class) WSKIT_REGISTER_TEST(Class, TestProgram::Application::NotNeeded)

#endif // TESTPROGRAM_H
