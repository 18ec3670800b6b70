// SPDX-License-Identifier: MIT
#ifndef CHROMIUMBROWSER_H
#define CHROMIUMBROWSER_H

#include "integrationtesting.h"

#include <QtCore/qdir.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>

// Chromium without a window, with a profile of its own. It trusts the tests' server certificate.
class ChromiumBrowser
{
public:
    ChromiumBrowser() = default;
    ~ChromiumBrowser()
    {
        m_process.terminate();
        if (!m_process.waitForFinished(Patient::Patience)) {
            m_process.kill();
            m_process.waitForFinished(Patient::Patience);
        }
        // Its children outlive it by a moment, in which they write into the profile.
        (void)QTest::qWaitFor([this] { return QDir(m_profile.path()).removeRecursively(); },
                              Patient::Patience);
    }
    Q_DISABLE_COPY_MOVE(ChromiumBrowser)

    void open(const QUrl &url, const QStringList &arguments = {})
    {
        using namespace Qt::StringLiterals;
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(QStringLiteral(INTEROP_CHROMIUM),
                        QStringList{u"--headless"_s, u"--no-sandbox"_s, u"--disable-gpu"_s,
                                    u"--disable-quic"_s, u"--no-first-run"_s,
                                    u"--disable-background-networking"_s, u"--disable-component-update"_s,
                                    u"--disable-sync"_s, u"--user-data-dir="_s + m_profile.path(),
                                    u"--ignore-certificate-errors-spki-list="_s + publicKeyHash()}
                            + arguments + QStringList(url.toString()));
    }

    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    QByteArray output() { return m_process.readAll(); }

private:
    // What Chromium takes a certificate by that it is to trust: every other one is still verified.
    static QString publicKeyHash()
    {
        const QByteArray key = IntegrationTesting::certificate(QStringLiteral("server")).publicKey().toDer();
        return QString::fromLatin1(QCryptographicHash::hash(key, QCryptographicHash::Sha256).toBase64());
    }

    QTemporaryDir m_profile;
    QProcess m_process;
};

#endif // CHROMIUMBROWSER_H
