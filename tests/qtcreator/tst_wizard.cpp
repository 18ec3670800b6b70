// SPDX-License-Identifier: MIT
#include "wizardproject.h"

#include "../patience.h"
#include <QtCore/qdir.h>
#include <QtCore/qprocess.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qtcpserver.h>
#include <QtTest/qtest.h>

// The project wizard of Qt Creator: every kind of project that it offers is made, built with the installed
// package, and run.

namespace {
// Runs \a arguments of CMake; returns its output if it fails.
QString cmake(const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(CMAKE), arguments);
    process.waitForFinished(-1);
    const QString output = QString::fromUtf8(process.readAll());
    return process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0 ? QString() : output;
}

QString built(const QString &project)
{
    const QString build = project + QStringLiteral("/build");
    QStringList configure = QStringLiteral(CONFIGURE).split(QLatin1Char('|'));
    configure << QStringLiteral("-S") << project << QStringLiteral("-B") << build;
    const QString problem = cmake(configure);
    return problem.isEmpty() ? cmake({QStringLiteral("--build"), build}) : problem;
}

// A program that runs until it is deleted.
class Program
{
public:
    Program(const QString &project, const QString &name)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(project + QStringLiteral("/build/") + name, QStringList());
    }
    ~Program()
    {
        m_process.kill();
        m_process.waitForFinished(-1);
    }

    // Waits until it has printed \a text.
    bool prints(const QByteArray &text)
    {
        return Patient::waitFor([&] {
                   m_output += m_process.readAll();
                   return m_output.contains(text) || m_process.state() == QProcess::NotRunning;
               })
               && (m_output += m_process.readAll()).contains(text);
    }
    bool endsCleanly()
    {
        return Patient::waitFor([&] { return m_process.state() == QProcess::NotRunning; })
               && m_process.exitStatus() == QProcess::NormalExit && m_process.exitCode() == 0;
    }
    QByteArray output() { return m_output += m_process.readAll(); }

private:
    QProcess m_process;
    QByteArray m_output;
};
} // namespace

class tst_Wizard : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void serverAnswersTheClient();
    void serverAloneListens();
    void clientAloneReportsThatNobodyListens();
    void windowConnectsToItself();
    void qmllintHasNothingToSayAboutTheWindow();
    void nothingElseIsOffered();
    void onlyPortsAreTaken();

private:
    // Makes and builds the project \a kind, and returns its folder.
    QString make(const char *kind);

    WizardProject m_wizard{QStringLiteral(WIZARD)};
    QTemporaryDir m_folder;
    QString m_problem;
    quint16 m_port = 0;
};

void tst_Wizard::initTestCase()
{
    QVERIFY(m_folder.isValid());
    QTcpServer free;
    QVERIFY(free.listen(QHostAddress::LocalHost));
    m_port = free.serverPort();
}

QString tst_Wizard::make(const char *kind)
{
    const QString target = m_folder.filePath(QString::fromLatin1(kind));
    m_problem = m_wizard.generate(target, {{QStringLiteral("ProjectName"), QStringLiteral("my-app")},
                                           {QStringLiteral("Kind"), QString::fromLatin1(kind)},
                                           {QStringLiteral("Port"), QString::number(m_port)}});
    if (m_problem.isEmpty() && !QFile::exists(target + QStringLiteral("/build")))
        m_problem = built(target);
    return target;
}

void tst_Wizard::serverAnswersTheClient()
{
    const QString project = make("both");
    QVERIFY2(m_problem.isEmpty(), qPrintable(m_problem));
    Program server(project, QStringLiteral("my-app-server"));
    const QByteArray port = QByteArray::number(m_port);
    QVERIFY2(server.prints("listening on QUrl(\"ws://127.0.0.1:" + port), server.output().constData());
    Program client(project, QStringLiteral("my-app-client"));
    QVERIFY2(client.endsCleanly(), client.output().constData());
    QVERIFY2(client.prints("received \"HELLO\""), client.output().constData());
}

void tst_Wizard::serverAloneListens()
{
    const QString project = make("server");
    QVERIFY2(m_problem.isEmpty(), qPrintable(m_problem));
    Program server(project, QStringLiteral("my-app"));
    QVERIFY2(server.prints("listening on"), server.output().constData());
}

void tst_Wizard::clientAloneReportsThatNobodyListens()
{
    const QString project = make("client");
    QVERIFY2(m_problem.isEmpty(), qPrintable(m_problem));
    Program client(project, QStringLiteral("my-app"));
    QVERIFY2(client.prints("WsError("), client.output().constData());
    QVERIFY(!client.endsCleanly());
}

void tst_Wizard::windowConnectsToItself()
{
    const QString project = make("window");
    QVERIFY2(m_problem.isEmpty(), qPrintable(m_problem));
    Program window(project, QStringLiteral("my-app"));
    QVERIFY2(window.prints("connected to ws://127.0.0.1:" + QByteArray::number(m_port)), window.output().constData());
}

void tst_Wizard::qmllintHasNothingToSayAboutTheWindow()
{
    const QString project = make("window");
    QVERIFY2(m_problem.isEmpty(), qPrintable(m_problem));
    const QString problem = cmake({QStringLiteral("--build"), project + QStringLiteral("/build"),
                                   QStringLiteral("--target"), QStringLiteral("all_qmllint")});
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void tst_Wizard::nothingElseIsOffered()
{
    QStringList kinds = m_wizard.choices(QStringLiteral("Kind"));
    kinds.sort();
    QCOMPARE(kinds, QStringList({QStringLiteral("both"), QStringLiteral("client"), QStringLiteral("server"),
                                 QStringLiteral("window")}));
}

void tst_Wizard::onlyPortsAreTaken()
{
    const QString pattern = m_wizard.validator(QStringLiteral("Port"));
    // As a QValidator has it.
    const QRegularExpression expression(QRegularExpression::anchoredPattern(pattern));
    QVERIFY(expression.isValid() && !pattern.isEmpty());
    for (int number = 0; number < 100000; ++number) {
        const bool isTaken = expression.match(QString::number(number)).hasMatch();
        QVERIFY2(isTaken == (number > 0 && number <= 65535), qPrintable(QString::number(number)));
    }
    QVERIFY(!expression.match(QStringLiteral("08080")).hasMatch());
}

QTEST_GUILESS_MAIN(tst_Wizard)
#include "tst_wizard.moc"
