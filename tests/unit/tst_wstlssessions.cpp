// SPDX-License-Identifier: MIT
#include "net/client/wstlssessions.h"

#include "net/client/wsalpn.h"

#include "../opensslfolder.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsTlsSessions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { m_now = QDateTime::currentDateTimeUtc(); }
    void firstOpeningHasNoTicket();
    void nextOpeningHasTheTicket();
    void ticketIsUsedOnce();
    void newestTicketIsUsed();
    void otherTargetGetsNoTicket_data();
    void otherTargetGetsNoTicket();
    void untrustedPeerLeavesNoTicket();
    void peerWithoutACertificateLeavesNoTicket();
    void ticketBeforeTheEndOfTheHandshakeIsDropped();
    void ticketOfTls12IsThereAtOnce();
    void ticketOfTls13ComesLater();
    void enormousTicketIsDropped();
    void sessionEndsAfterAnHour();
    void resumingDoesNotProlongASession();
    void anotherCertificateBeginsASession();
    void sessionEndsWithTheLifetimeOfItsTicket();
    void sessionEndsIfTheClockIsSetBack();
    void sessionEndsWithItsCertificates_data();
    void sessionEndsWithItsCertificates();
    void applicationCanTurnItOff_data();
    void applicationCanTurnItOff();
    void fewSessionsAreKept();
    void clearedSessionsAreGone();
    void peerIsKnownByItsCertificate();
    void protocolsThatAreSpoken_data();
    void protocolsThatAreSpoken();

private:
    WsTlsTarget target(const QString &host = u"a.test"_s) const { return {host, 443, host, m_settings, {}}; }
    WsTlsOutcome outcome(const QString &peer = u"leaf"_s) const
    {
        WsTlsOutcome tls;
        tls.peer = m_folder.certificate(peer);
        tls.chain = {tls.peer, m_folder.certificate(u"middle"_s)};
        tls.sendsTicketsLater = true;
        return tls;
    }
    // The ticket that an opening to \a whom uses.
    QByteArray ticketFor(const WsTlsTarget &whom) { return m_sessions->begin(whom, m_now).sessionTicket(); }
    // An opening that gets a ticket.
    void open(const WsTlsTarget &whom, const QByteArray &ticket = "ticket")
    {
        m_sessions->begin(whom, m_now);
        m_sessions->establish(outcome(), m_now, true);
        m_sessions->keepTicket(ticket, 7200, m_now);
    }

    OpenSslFolder m_folder;
    QSslConfiguration m_settings = QSslConfiguration::defaultConfiguration();
    QDateTime m_now;
    std::unique_ptr<WsTlsSessions> m_sessions = std::make_unique<WsTlsSessions>();
};

void TestWsTlsSessions::initTestCase()
{
    m_folder.makeCertificate(u"root"_s, {}, true);
    m_folder.makeCertificate(u"middle"_s, u"root"_s, true);
    m_folder.makeCertificate(u"leaf"_s, u"middle"_s, false);
    m_folder.makeCertificate(u"other"_s, u"middle"_s, false);
    m_folder.makeEndingCertificate(u"short"_s, u"middle"_s, QDateTime::currentDateTimeUtc().addSecs(1800));
    QVERIFY(!m_folder.certificate(u"leaf"_s).isNull());
    QVERIFY(!m_folder.certificate(u"short"_s).isNull());
}

void TestWsTlsSessions::firstOpeningHasNoTicket()
{
    m_sessions = std::make_unique<WsTlsSessions>();
    const QSslConfiguration tls = m_sessions->begin(target(), m_now);
    QVERIFY(tls.sessionTicket().isEmpty());
    QVERIFY(!tls.testSslOption(QSsl::SslOptionDisableSessionPersistence));
}

void TestWsTlsSessions::nextOpeningHasTheTicket()
{
    open(target());
    QCOMPARE(ticketFor(target()), "ticket");
}

void TestWsTlsSessions::ticketIsUsedOnce()
{
    open(target());
    QCOMPARE(ticketFor(target()), "ticket");
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::newestTicketIsUsed()
{
    open(target());
    m_sessions->keepTicket("newer", 7200, m_now);
    QCOMPARE(m_sessions->count(), 1);
    QCOMPARE(ticketFor(target()), "newer");
}

void TestWsTlsSessions::otherTargetGetsNoTicket_data()
{
    QTest::addColumn<int>("what");
    QTest::newRow("host") << 0;
    QTest::newRow("port") << 1;
    QTest::newRow("name") << 2;
    QTest::newRow("authorities") << 3;
    QTest::newRow("verification") << 4;
    QTest::newRow("own certificate") << 5;
    QTest::newRow("pins") << 6;
}

void TestWsTlsSessions::otherTargetGetsNoTicket()
{
    QFETCH(const int, what);
    open(target());
    WsTlsTarget other = target();
    switch (what) {
    case 0:
        other.host = u"b.test"_s;
        break;
    case 1:
        other.port = 444;
        break;
    case 2:
        other.verifyName = u"b.test"_s;
        break;
    case 3:
        other.settings.setCaCertificates({m_folder.certificate(u"root"_s)});
        break;
    case 4:
        other.settings.setPeerVerifyMode(QSslSocket::VerifyNone);
        break;
    case 5:
        other.settings.setLocalCertificate(m_folder.certificate(u"other"_s));
        break;
    default:
        other.pins = QStringList{u"pin"_s};
        break;
    }
    QCOMPARE(ticketFor(other), QByteArray());
    QCOMPARE(ticketFor(target()), "ticket"); // it was for this one
}

void TestWsTlsSessions::untrustedPeerLeavesNoTicket()
{
    m_sessions->begin(target(), m_now);
    m_sessions->establish(outcome(), m_now, false);
    m_sessions->keepTicket("ticket", 7200, m_now);
    QCOMPARE(ticketFor(target()), QByteArray());
}

// As with a pre-shared key.
void TestWsTlsSessions::peerWithoutACertificateLeavesNoTicket()
{
    m_sessions->begin(target(), m_now);
    m_sessions->establish(WsTlsOutcome(), m_now, true);
    m_sessions->keepTicket("ticket", 7200, m_now);
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::ticketBeforeTheEndOfTheHandshakeIsDropped()
{
    m_sessions->begin(target(), m_now);
    m_sessions->keepTicket("ticket", 7200, m_now);
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::ticketOfTls12IsThereAtOnce()
{
    m_sessions->begin(target(), m_now);
    WsTlsOutcome tls = outcome();
    tls.sendsTicketsLater = false;
    tls.ticket = "ticket";
    m_sessions->establish(tls, m_now, true);
    QCOMPARE(ticketFor(target()), "ticket");
}

// What is there when the handshake is complete cannot be resumed.
void TestWsTlsSessions::ticketOfTls13ComesLater()
{
    m_sessions->begin(target(), m_now);
    WsTlsOutcome tls = outcome();
    tls.ticket = "no ticket";
    m_sessions->establish(tls, m_now, true);
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::enormousTicketIsDropped()
{
    open(target(), QByteArray(WsTlsSessions::MaxTicketSize + 1, 'x'));
    QCOMPARE(ticketFor(target()), QByteArray());
    open(target(), QByteArray(WsTlsSessions::MaxTicketSize, 'x'));
    QCOMPARE(ticketFor(target()).size(), WsTlsSessions::MaxTicketSize);
}

void TestWsTlsSessions::sessionEndsAfterAnHour()
{
    open(target());
    m_now = m_now.addSecs(WsTlsSessions::MaxAge - 1);
    QCOMPARE(ticketFor(target()), "ticket");
    open(target());
    m_now = m_now.addSecs(WsTlsSessions::MaxAge);
    QCOMPARE(ticketFor(target()), QByteArray());
    QCOMPARE(m_sessions->count(), 0);
}

// Otherwise a server with a certificate that is not valid any more could go on forever.
void TestWsTlsSessions::resumingDoesNotProlongASession()
{
    open(target());
    for (int i = 0; i < 3; ++i) {
        m_now = m_now.addSecs(WsTlsSessions::MaxAge / 4);
        QVERIFY(!ticketFor(target()).isEmpty());
        WsTlsOutcome tls = outcome();
        tls.chain.clear();
        m_sessions->establish(tls, m_now, true);
        m_sessions->keepTicket("another", 7200, m_now);
    }
    m_now = m_now.addSecs(WsTlsSessions::MaxAge / 4);
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::anotherCertificateBeginsASession()
{
    open(target());
    m_now = m_now.addSecs(WsTlsSessions::MaxAge / 2);
    QVERIFY(!ticketFor(target()).isEmpty());
    m_sessions->establish(outcome(u"other"_s), m_now, true);
    m_sessions->keepTicket("another", 7200, m_now);
    m_now = m_now.addSecs(WsTlsSessions::MaxAge / 2);
    QCOMPARE(ticketFor(target()), "another");
}

void TestWsTlsSessions::sessionEndsWithTheLifetimeOfItsTicket()
{
    open(target());
    m_sessions->keepTicket("short", 60, m_now);
    m_now = m_now.addSecs(60);
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::sessionEndsIfTheClockIsSetBack()
{
    open(target());
    m_now = m_now.addSecs(-10);
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::sessionEndsWithItsCertificates_data()
{
    QTest::addColumn<int>("where");
    QTest::newRow("its own") << 0;
    QTest::newRow("one that it sends") << 1;
    QTest::newRow("its authority") << 2;
}

void TestWsTlsSessions::sessionEndsWithItsCertificates()
{
    QFETCH(const int, where);
    m_sessions->begin(target(), m_now);
    WsTlsOutcome tls = outcome(where == 0 ? u"short"_s : u"leaf"_s);
    if (where == 1)
        tls.chain.append(m_folder.certificate(u"short"_s));
    if (where == 2) {
        OpenSslFolder authorities; // whose root of the same name ends soon
        authorities.makeCertificate(u"any"_s, {}, true);
        authorities.makeEndingCertificate(u"root"_s, u"any"_s, m_now.addSecs(1800));
        tls.authorities = {m_folder.certificate(u"other"_s), authorities.certificate(u"root"_s)};
        QVERIFY(!tls.authorities.constLast().isNull());
    }
    m_sessions->establish(tls, m_now, true);
    m_sessions->keepTicket("ticket", 7200, m_now);
    m_now = m_now.addSecs(1700);
    QCOMPARE(m_sessions->count(), 1);
    m_now = m_now.addSecs(150);
    QCOMPARE(ticketFor(target()), QByteArray());
    QCOMPARE(m_sessions->count(), 0);
}

void TestWsTlsSessions::applicationCanTurnItOff_data()
{
    QTest::addColumn<QSslConfiguration>("settings");
    QSslConfiguration settings = m_settings;
    settings.setSslOption(QSsl::SslOptionDisableSessionTickets, true);
    QTest::newRow("no tickets") << settings;
    settings = m_settings;
    settings.setSslOption(QSsl::SslOptionDisableSessionSharing, true);
    QTest::newRow("no sharing") << settings;
    settings = m_settings;
    settings.setOcspStaplingEnabled(true);
    QTest::newRow("OCSP") << settings;
    settings = m_settings;
    settings.setSessionTicket("own");
    QTest::newRow("its own ticket") << settings;
}

void TestWsTlsSessions::applicationCanTurnItOff()
{
    QFETCH(const QSslConfiguration, settings);
    WsTlsTarget off = target();
    off.settings = settings;
    open(off);
    QCOMPARE(m_sessions->begin(off, m_now), settings);
}

void TestWsTlsSessions::fewSessionsAreKept()
{
    for (int i = 0; i <= WsTlsSessions::MaxSessions; ++i)
        open(target(QString::number(i)));
    QCOMPARE(m_sessions->count(), WsTlsSessions::MaxSessions);
    QCOMPARE(ticketFor(target(u"0"_s)), QByteArray()); // the oldest
    QCOMPARE(ticketFor(target(u"1"_s)), "ticket");
}

void TestWsTlsSessions::clearedSessionsAreGone()
{
    open(target());
    m_sessions->clear();
    QCOMPARE(m_sessions->count(), 0);
    m_sessions->keepTicket("late", 7200, m_now);
    QCOMPARE(ticketFor(target()), QByteArray());
}

void TestWsTlsSessions::peerIsKnownByItsCertificate()
{
    m_sessions = std::make_unique<WsTlsSessions>();
    m_sessions->begin(target(), m_now);
    QVERIFY(!m_sessions->isKnownPeer(m_folder.certificate(u"leaf"_s)));
    open(target());
    m_sessions->begin(target(), m_now);
    QVERIFY(m_sessions->isKnownPeer(m_folder.certificate(u"leaf"_s)));
    QVERIFY(!m_sessions->isKnownPeer(m_folder.certificate(u"other"_s)));
    QVERIFY(!m_sessions->isKnownPeer(QSslCertificate()));
    m_sessions->begin(target(), m_now); // without a ticket
    QVERIFY(!m_sessions->isKnownPeer(m_folder.certificate(u"leaf"_s)));
}

// RFC 7301 §3.1
void TestWsTlsSessions::protocolsThatAreSpoken_data()
{
    QTest::addColumn<QByteArray>("chosen");
    QTest::addColumn<bool>("isSpoken");
    QTest::newRow("none") << QByteArray() << true;
    QTest::newRow("http/1.1") << QByteArray("http/1.1") << true;
    QTest::newRow("named by the application") << QByteArray("chat") << true;
    QTest::newRow("named by nobody") << QByteArray("other") << false;
    QTest::newRow("h2, although named") << QByteArray("h2") << false;
}

void TestWsTlsSessions::protocolsThatAreSpoken()
{
    QFETCH(const QByteArray, chosen);
    QFETCH(const bool, isSpoken);
    QCOMPARE(wsIsSpokenProtocol(chosen, {"h2", "chat"}), isSpoken);
}

#include "tst_wstlssessions.moc"

#include "../testprogram.h"

WSKIT_TEST(TestWsTlsSessions)
