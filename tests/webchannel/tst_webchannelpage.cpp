// SPDX-License-Identifier: MIT

// The example 11-webchannel with its page in Chromium and with qwebchannel.js in Node.js, which see what the
// other does.

#include "browser.h"
#include "program.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class tst_WebChannelPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void pageCallsASlotAndSeesItsSignal();
    void pageAndNodeStayInStep();
    void wrongValuesStayOutside();
    void pageComesBackAfterTheServer();

private:
    void start(const QString &port);
    bool pageHas(const QString &condition) { return m_browser.waitFor(condition); }

    std::unique_ptr<Program> m_example;
    Browser m_browser;
    QUrl m_page;
};

void tst_WebChannelPage::start(const QString &port)
{
    m_example = std::make_unique<Program>();
    QVERIFY(m_example->start(QStringLiteral(WEBCHANNEL_EXAMPLE), {port}));
    m_page = QUrl(m_example->waitForLine(u"page: "_s).section(u' ', -1));
    QVERIFY(m_page.port() > 0);
}

void tst_WebChannelPage::initTestCase()
{
    start(u"0"_s);
    QVERIFY(m_browser.start(QStringLiteral(WEBCHANNEL_BROWSER)));
    QVERIFY(m_browser.openPage(m_page));
    QVERIFY(pageHas(u"document.body.dataset.state === 'open'"_s));
    QVERIFY(pageHas(u"element('state').textContent === 'Only you are here'"_s));
}

void tst_WebChannelPage::pageCallsASlotAndSeesItsSignal()
{
    m_browser.evaluate(u"element('gardener').value = 'Ann <b>'; element('water').requestSubmit()"_s);
    QVERIFY(pageHas(u"element('answer').textContent === 'Thank you! 35 l are left.'"_s));
    QVERIFY(pageHas(u"element('log').textContent.includes('Ann <b> has watered, 35 l are left')"_s));
}

void tst_WebChannelPage::pageAndNodeStayInStep()
{
    qputenv("NODE_PATH", WEBCHANNEL_NODE_MODULES);
    Program node;
    QVERIFY(node.start(QStringLiteral(WEBCHANNEL_NODE),
                       {QStringLiteral(WEBCHANNEL_NODE_PROGRAM), m_page.toString()}));
    QVERIFY(!node.waitForLine(u"answer: 30"_s).isEmpty());
    QVERIFY(pageHas(u"element('target-shown').textContent === '30.0 °C'"_s));
    QVERIFY(pageHas(u"element('log').textContent.includes('Node has watered, 30 l are left')"_s));
    QVERIFY(pageHas(u"element('state').textContent === '2 are here'"_s));
    m_browser.evaluate(u"element('window').click()"_s);
    QVERIFY(!node.waitForLine(u"window open: true"_s).isEmpty());
    QCOMPARE(node.waitForExit(), 0);
    QVERIFY(pageHas(u"element('state').textContent === 'Only you are here'"_s));
}

void tst_WebChannelPage::wrongValuesStayOutside()
{
    const QString close =
        u"new Promise(resolve => {"
        "  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/channel');"
        "  socket.onopen = () => socket.send(%1);"
        "  socket.onclose = event => resolve(event.code + ' ' + event.reason);"
        "})"_s;
    QCOMPARE(m_browser.evaluate(close.arg(u"'Hello'")), u"1007 not JSON"_s);
    QCOMPARE(m_browser.evaluate(close.arg(u"new Uint8Array(3)")), u"1003 binary message on a web channel"_s);
}

void tst_WebChannelPage::pageComesBackAfterTheServer()
{
    m_example->terminate();
    m_example->waitForExit();
    QVERIFY(pageHas(u"document.body.dataset.state === 'closed' && !element('notice').hidden"_s));
    start(QString::number(m_page.port()));
    QVERIFY(pageHas(u"document.body.dataset.state === 'open' && element('notice').hidden"_s));
    QVERIFY(pageHas(u"element('target-shown').textContent === '21.0 °C'"_s));
}

QTEST_GUILESS_MAIN(tst_WebChannelPage)
#include "tst_webchannelpage.moc"
