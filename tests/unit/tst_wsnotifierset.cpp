// SPDX-License-Identifier: MIT
#include "net/loop/wsnotifierset.h"

#include "forking.h"
#include "loglines.h"
#include "net/loop/wswakeup.h"
#include "nomoredescriptors.h"
#include "socketpair.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qset.h>
#include <QtTest/qtest.h>

#include <fcntl.h>

#include <memory>

namespace {
using Notifiers = QList<QSocketNotifier *>;

// A set of its own, which the dispatcher of the test knows nothing of: its notifiers are disabled there.
struct Set
{
    Notifiers wait(int timeout = 0)
    {
        wakeUp.renew();
        set.applyChanges();
        set.wait(timeout);
        return takeAll();
    }

    Notifiers takeAll()
    {
        Notifiers ready;
        while (QSocketNotifier *notifier = set.takeReady())
            ready.append(notifier);
        return ready;
    }

    // Whether nothing is ready and the kernel has nothing to say that is not wanted.
    bool sleeps()
    {
        wakeUp.renew();
        set.applyChanges();
        QElapsedTimer timer;
        timer.start();
        set.wait(20);
        return takeAll().isEmpty() && timer.elapsed() >= 20;
    }

    WsWakeUp wakeUp;
    WsNotifierSet set{wakeUp};
};

struct RegularFile
{
    ~RegularFile() { ::close(descriptor); }

    int descriptor = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
};

struct Notifier : QSocketNotifier
{
    Notifier(int descriptor, Type type) : QSocketNotifier(type)
    {
        setSocket(descriptor);
        setEnabled(false);
    }
};

QString disablingOf(int descriptor)
{
    return QStringLiteral("descriptor %1 is not open: its socket notifiers are disabled").arg(descriptor);
}
} // namespace

class TestWsNotifierSet : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readyDescriptorIsToldUntilItIsRead();
    void writeNotifierIsToldWhenThereIsRoom();
    void typesAreToldApart();
    void hangUpIsToldToAllTypes();
    void allOfATypeAreTold();
    void removedNotifierIsNotTold();
    void removedNotifierIsNotToldOfWhatWasNoted();
    void notifierThatCameBackIsToldInTheNextWait();
    void noNotifierIsNotedTwice();
    void notifierMayBeRemovedAndAddedInATurn();
    void addingTwiceIsAddingOnce();
    void removingAStrangerChangesNothing();
    void numberMayBeAnotherFilesInATurn_data();
    void numberMayBeAnotherFilesInATurn();
    void newFileIsHeardBesideAForgottenNotifier();
    void copyOfAClosedDescriptorIsNotHeard();
    void copyThatComesBackIsHeard();
    void othersAreHeardAfterACopy();
    void closedDescriptorDisablesItsNotifiers();
    void fileIsAlwaysReady();
    void fileHasNoExceptions();
    void socketMayFollowAFile();
    void everyoneHasItsTurn();
    void wakeUpEndsTheWait();
    void socketsAreHeardWithoutDescriptors();
    void removedNotifierIsNotToldWithoutDescriptors();
    void hangUpIsToldWithoutDescriptors();
    void fileIsReadyWithoutDescriptors();
    void closedDescriptorDisablesItsNotifiersWithoutDescriptors();
    void wakeUpEndsTheWaitWithoutSet();
    void setIsMadeLater();
    void setIsMadeAnewForALateWakeUp();
    void childRemovesNothingFromTheSetOfItsParent();
    void childAddsNothingToTheSetOfItsParent();
    void childHasASetOfItsOwn();
    void childWithoutDescriptorsHearsToo();
};

void TestWsNotifierSet::readyDescriptorIsToldUntilItIsRead()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(set.sleeps());
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
    QCOMPARE(set.wait(), Notifiers{&notifier});
    QVERIFY(pair.receive());
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::writeNotifierIsToldWhenThereIsRoom()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Write);
    set.set.add(&notifier);
    QCOMPARE(set.wait(), Notifiers{&notifier});
    const QByteArray bytes(1024, 'x');
    while (::write(pair.own, bytes.constData(), size_t(bytes.size())) > 0) {
    }
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::typesAreToldApart()
{
    Set set;
    const SocketPair pair;
    Notifier read(pair.own, QSocketNotifier::Read);
    Notifier write(pair.own, QSocketNotifier::Write);
    Notifier exception(pair.own, QSocketNotifier::Exception);
    for (Notifier *notifier : {&read, &write, &exception})
        set.set.add(notifier);
    QCOMPARE(set.wait(), Notifiers{&write});
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), (Notifiers{&read, &write}));
    set.set.remove(&write);
    QCOMPARE(set.wait(), Notifiers{&read});
}

void TestWsNotifierSet::hangUpIsToldToAllTypes()
{
    Set set;
    SocketPair pair;
    Notifier read(pair.own, QSocketNotifier::Read);
    Notifier write(pair.own, QSocketNotifier::Write);
    Notifier exception(pair.own, QSocketNotifier::Exception);
    for (Notifier *notifier : {&read, &write, &exception})
        set.set.add(notifier);
    pair.closePeer();
    QCOMPARE(set.wait(), (Notifiers{&read, &write, &exception}));
}

void TestWsNotifierSet::allOfATypeAreTold()
{
    Set set;
    const SocketPair pair;
    Notifier first(pair.own, QSocketNotifier::Read);
    Notifier second(pair.own, QSocketNotifier::Read);
    set.set.add(&first);
    set.set.add(&second);
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), (Notifiers{&first, &second}));
    set.set.remove(&first);
    QCOMPARE(set.wait(), Notifiers{&second});
}

void TestWsNotifierSet::removedNotifierIsNotTold()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
    set.set.remove(&notifier);
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::removedNotifierIsNotToldOfWhatWasNoted()
{
    Set set;
    const SocketPair pairs[3];
    std::vector<std::unique_ptr<Notifier>> notifiers;
    for (const SocketPair &pair : pairs) {
        notifiers.push_back(std::make_unique<Notifier>(pair.own, QSocketNotifier::Read));
        set.set.add(notifiers.back().get());
        QVERIFY(pair.send());
    }
    set.set.applyChanges();
    set.set.wait(0);
    QSocketNotifier *first = set.set.takeReady();
    QCOMPARE(first, notifiers[0].get());
    set.set.remove(notifiers[1].get());
    notifiers[1].reset();
    QCOMPARE(set.takeAll(), Notifiers{notifiers[2].get()});
}

void TestWsNotifierSet::notifierThatCameBackIsToldInTheNextWait()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(pair.send());
    set.set.applyChanges();
    set.set.wait(0);
    set.set.remove(&notifier);
    set.set.add(&notifier);
    QCOMPARE(set.set.takeReady(), nullptr);
    QCOMPARE(set.wait(), Notifiers{&notifier});
}

void TestWsNotifierSet::noNotifierIsNotedTwice()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(pair.send());
    set.set.applyChanges();
    set.set.wait(0);
    set.set.wait(0); // as in an event loop within a handler
    QCOMPARE(set.takeAll(), Notifiers{&notifier});
}

void TestWsNotifierSet::notifierMayBeRemovedAndAddedInATurn()
{
    Set set;
    const SocketPair pair;
    Notifier read(pair.own, QSocketNotifier::Read);
    Notifier write(pair.own, QSocketNotifier::Write);
    set.set.add(&read);
    QVERIFY(set.sleeps());
    for (int i = 0; i < 3; ++i) {
        set.set.add(&write);
        set.set.remove(&write);
        set.set.remove(&read);
        set.set.add(&read);
    }
    QVERIFY(set.sleeps());
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&read});
}

void TestWsNotifierSet::addingTwiceIsAddingOnce()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    set.set.add(&notifier);
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
    set.set.remove(&notifier);
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::removingAStrangerChangesNothing()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    Notifier stranger(pair.own, QSocketNotifier::Read);
    set.set.remove(&stranger);
    set.set.add(&notifier);
    set.set.remove(&stranger);
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
}

void TestWsNotifierSet::numberMayBeAnotherFilesInATurn_data()
{
    QTest::addColumn<bool>("isSameNotifier");
    QTest::newRow("with the same notifier") << true;
    QTest::newRow("with a new notifier") << false;
}

void TestWsNotifierSet::numberMayBeAnotherFilesInATurn()
{
    QFETCH(bool, isSameNotifier);
    Set set;
    SocketPair old;
    Notifier first(old.own, QSocketNotifier::Read);
    Notifier second(old.own, QSocketNotifier::Read);
    set.set.add(&first);
    QVERIFY(set.sleeps());

    set.set.remove(&first);
    SocketPair young;
    QVERIFY(::dup2(young.own, old.own) == old.own); // closes the old file
    young.closeOwn();
    Notifier *notifier = isSameNotifier ? &first : &second;
    set.set.add(notifier);
    QVERIFY(set.sleeps());
    QVERIFY(young.send());
    QCOMPARE(set.wait(), Notifiers{notifier});
}

void TestWsNotifierSet::newFileIsHeardBesideAForgottenNotifier()
{
    Set set;
    SocketPair old;
    Notifier forgotten(old.own, QSocketNotifier::Read);
    set.set.add(&forgotten);
    QVERIFY(set.sleeps());

    SocketPair young;
    QVERIFY(::dup2(young.own, old.own) == old.own); // closes what the notifier is for
    Notifier notifier(old.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(young.send());
    QCOMPARE(set.wait(), (Notifiers{&forgotten, &notifier}));
}

void TestWsNotifierSet::copyOfAClosedDescriptorIsNotHeard()
{
    Set set;
    SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(set.sleeps());
    const int copy = ::dup(pair.own);
    set.set.remove(&notifier);
    pair.closeOwn();
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{});
    QVERIFY(set.sleeps());
    ::close(copy);
}

void TestWsNotifierSet::copyThatComesBackIsHeard()
{
    Set set;
    SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(set.sleeps());
    const int number = pair.own;
    const int copy = ::dup(number);
    set.set.remove(&notifier);
    pair.closeOwn();
    QVERIFY(set.sleeps());
    QVERIFY(::dup2(copy, number) == number);
    pair.own = number;
    ::close(copy);
    set.set.add(&notifier);
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
}

void TestWsNotifierSet::othersAreHeardAfterACopy()
{
    Set set;
    SocketPair pair;
    const SocketPair other;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    Notifier otherNotifier(other.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    set.set.add(&otherNotifier);
    QVERIFY(set.sleeps());

    const int number = pair.own;
    const int copy = ::dup(number);
    set.set.remove(&notifier);
    const SocketPair young;
    QVERIFY(::dup2(young.own, number) == number);
    set.set.add(&notifier);
    QVERIFY(pair.send()); // to the copy, which nobody listens to any more
    QCOMPARE(set.wait(), Notifiers{});
    QVERIFY(set.sleeps());
    QVERIFY(other.send());
    QCOMPARE(set.wait(), Notifiers{&otherNotifier});
    QVERIFY(other.receive());
    QVERIFY(young.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
    ::close(copy);
}

void TestWsNotifierSet::closedDescriptorDisablesItsNotifiers()
{
    Set set;
    SocketPair pair;
    const SocketPair open;
    QSocketNotifier notifier(pair.own, QSocketNotifier::Read);
    QSocketNotifier openNotifier(open.own, QSocketNotifier::Read);
    QVERIFY(notifier.isEnabled());
    set.set.add(&notifier);
    set.set.add(&openNotifier);
    const LogLines warnings("wskit.net", QtWarningMsg);
    const int closed = pair.own;
    pair.closeOwn();
    set.set.applyChanges();
    QCOMPARE(LogLines::all(), QStringList(disablingOf(closed)));
    QVERIFY(!notifier.isEnabled());
    QVERIFY(openNotifier.isEnabled());
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::fileIsAlwaysReady()
{
    Set set;
    const RegularFile file;
    Notifier read(file.descriptor, QSocketNotifier::Read);
    Notifier write(file.descriptor, QSocketNotifier::Write);
    set.set.add(&read);
    QCOMPARE(set.wait(-1), Notifiers{&read});
    QCOMPARE(set.wait(-1), Notifiers{&read});
    set.set.add(&write);
    QCOMPARE(set.wait(-1), (Notifiers{&read, &write}));
    set.set.remove(&read);
    QCOMPARE(set.wait(-1), Notifiers{&write});
    set.set.remove(&write);
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::fileHasNoExceptions()
{
    Set set;
    const RegularFile file;
    Notifier notifier(file.descriptor, QSocketNotifier::Exception);
    set.set.add(&notifier);
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::socketMayFollowAFile()
{
    Set set;
    const RegularFile file;
    Notifier notifier(file.descriptor, QSocketNotifier::Read);
    set.set.add(&notifier);
    QCOMPARE(set.wait(-1), Notifiers{&notifier});
    set.set.remove(&notifier);
    const SocketPair pair;
    QVERIFY(::dup2(pair.own, file.descriptor) == file.descriptor);
    set.set.add(&notifier);
    QVERIFY(set.sleeps());
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
}

void TestWsNotifierSet::everyoneHasItsTurn()
{
    constexpr int Count = 450; // more than one wait takes, and fewer than the usual limit of descriptors
    Set set;
    std::vector<SocketPair> pairs(Count);
    std::vector<std::unique_ptr<Notifier>> notifiers;
    for (const SocketPair &pair : pairs) {
        QVERIFY(pair.isValid());
        notifiers.push_back(std::make_unique<Notifier>(pair.own, QSocketNotifier::Read));
        set.set.add(notifiers.back().get());
        QVERIFY(pair.send());
    }
    QSet<QSocketNotifier *> told;
    for (int turn = 0; turn < 2; ++turn) {
        const Notifiers ready = set.wait();
        QVERIFY(ready.size() < Count);
        told += QSet<QSocketNotifier *>(ready.begin(), ready.end());
    }
    QCOMPARE(told.size(), Count);
}

void TestWsNotifierSet::wakeUpEndsTheWait()
{
    Set set;
    QVERIFY(set.wakeUp.fallAsleep());
    set.wakeUp.request();
    QCOMPARE(set.wait(-1), Notifiers{});
    QVERIFY(set.wakeUp.take());
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::socketsAreHeardWithoutDescriptors()
{
    const SocketPair pair;
    const SocketPair other;
    Notifier read(pair.own, QSocketNotifier::Read);
    Notifier write(pair.own, QSocketNotifier::Write);
    Notifier otherRead(other.own, QSocketNotifier::Read);
    const NoMoreDescriptors shortage;
    Set set;
    for (Notifier *notifier : {&read, &write, &otherRead})
        set.set.add(notifier);
    QVERIFY(!set.set.isValid());
    QCOMPARE(set.wait(-1), Notifiers{&write});
    QVERIFY(pair.send());
    QCOMPARE(set.wait(-1), (Notifiers{&read, &write}));
    QVERIFY(pair.receive());
    QVERIFY(other.send());
    set.set.remove(&write);
    QCOMPARE(set.wait(-1), Notifiers{&otherRead});
    QVERIFY(!set.set.isValid());
}

void TestWsNotifierSet::removedNotifierIsNotToldWithoutDescriptors()
{
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    const NoMoreDescriptors shortage;
    Set set;
    set.set.add(&notifier);
    QVERIFY(pair.send());
    QCOMPARE(set.wait(-1), Notifiers{&notifier});
    set.set.remove(&notifier);
    QVERIFY(set.sleeps());
    set.set.add(&notifier);
    QCOMPARE(set.wait(-1), Notifiers{&notifier});
}

void TestWsNotifierSet::hangUpIsToldWithoutDescriptors()
{
    SocketPair pair;
    Notifier read(pair.own, QSocketNotifier::Read);
    Notifier exception(pair.own, QSocketNotifier::Exception);
    pair.closePeer();
    const NoMoreDescriptors shortage;
    Set set;
    set.set.add(&read);
    set.set.add(&exception);
    QCOMPARE(set.wait(-1), (Notifiers{&read, &exception}));
}

void TestWsNotifierSet::fileIsReadyWithoutDescriptors()
{
    const RegularFile file;
    Notifier notifier(file.descriptor, QSocketNotifier::Read);
    const NoMoreDescriptors shortage;
    Set set;
    set.set.add(&notifier);
    QCOMPARE(set.wait(-1), Notifiers{&notifier});
}

void TestWsNotifierSet::closedDescriptorDisablesItsNotifiersWithoutDescriptors()
{
    // It is above the limit of the shortage, so that nothing takes its number when it is closed.
    constexpr int High = 1000;
    const SocketPair pair;
    const int descriptor = ::fcntl(pair.own, F_DUPFD_CLOEXEC, High);
    QVERIFY(descriptor >= High);
    QSocketNotifier notifier(descriptor, QSocketNotifier::Read);
    const NoMoreDescriptors shortage;
    Set set;
    set.set.add(&notifier);
    const LogLines warnings("wskit.net", QtWarningMsg);
    QVERIFY(::close(descriptor) == 0);
    QCOMPARE(set.wait(-1), Notifiers{});
    QCOMPARE(LogLines::all(), QStringList(disablingOf(descriptor)));
    QVERIFY(!set.set.isValid());
    QVERIFY(!notifier.isEnabled());
}

void TestWsNotifierSet::wakeUpEndsTheWaitWithoutSet()
{
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    WsWakeUp wakeUp;
    QVERIFY(wakeUp.isValid());
    const NoMoreDescriptors shortage;
    WsNotifierSet set(wakeUp);
    set.add(&notifier);
    QVERIFY(!set.isValid());
    QVERIFY(wakeUp.fallAsleep());
    wakeUp.request();
    QVERIFY(set.wait(-1));
    QCOMPARE(set.takeReady(), nullptr);
    QVERIFY(wakeUp.take());
    QVERIFY(pair.send());
    QVERIFY(set.wait(-1));
    QCOMPARE(set.takeReady(), &notifier);
}

void TestWsNotifierSet::setIsMadeLater()
{
    const SocketPair pair;
    const SocketPair gone;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    Notifier removed(gone.own, QSocketNotifier::Write);
    auto shortage = std::make_unique<NoMoreDescriptors>();
    Set set;
    set.set.add(&notifier);
    set.set.add(&removed);
    QCOMPARE(set.wait(-1), Notifiers{&removed});
    set.set.remove(&removed);
    shortage.reset();
    QVERIFY(set.sleeps());
    QVERIFY(set.set.isValid());
    QVERIFY(pair.send());
    QCOMPARE(set.wait(-1), Notifiers{&notifier});
}

void TestWsNotifierSet::setIsMadeAnewForALateWakeUp()
{
    auto shortage = std::make_unique<NoMoreDescriptors>();
    WsWakeUp wakeUp;
    shortage.reset();
    WsNotifierSet set(wakeUp);
    QVERIFY(!set.isValid()); // the set is there, but the wake-up is not in it
    wakeUp.renew();
    set.applyChanges();
    QVERIFY(set.isValid());
    QVERIFY(wakeUp.fallAsleep());
    wakeUp.request();
    QVERIFY(set.wait(-1));
    QVERIFY(wakeUp.take());
}

void TestWsNotifierSet::childRemovesNothingFromTheSetOfItsParent()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(set.sleeps());
    QVERIFY(succeedsInChild([&] {
        set.set.remove(&notifier);
        return set.wait().isEmpty();
    }));
    QVERIFY(pair.send());
    QCOMPARE(set.wait(), Notifiers{&notifier});
}

void TestWsNotifierSet::childAddsNothingToTheSetOfItsParent()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    QVERIFY(set.sleeps());
    QVERIFY(succeedsInChild([&] {
        set.set.add(&notifier);
        return set.wait().isEmpty();
    }));
    QVERIFY(pair.send());
    QVERIFY(set.set.wait(0));
    QVERIFY(set.sleeps());
}

void TestWsNotifierSet::childHasASetOfItsOwn()
{
    Set set;
    const SocketPair pair;
    const SocketPair other;
    const RegularFile file;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    Notifier otherNotifier(other.own, QSocketNotifier::Read);
    Notifier fileNotifier(file.descriptor, QSocketNotifier::Read);
    set.set.add(&notifier);
    set.set.add(&fileNotifier);
    QCOMPARE(set.wait(), Notifiers{&fileNotifier});
    QVERIFY(succeedsInChild([&] {
        set.set.add(&otherNotifier);
        pair.send();
        const bool hearsItsParents = set.wait(-1) == Notifiers{&notifier, &fileNotifier};
        set.set.remove(&fileNotifier);
        pair.receive();
        other.send();
        return hearsItsParents && set.wait(-1) == Notifiers{&otherNotifier} && set.set.isValid();
    }));
}

void TestWsNotifierSet::childWithoutDescriptorsHearsToo()
{
    Set set;
    const SocketPair pair;
    Notifier notifier(pair.own, QSocketNotifier::Read);
    set.set.add(&notifier);
    QVERIFY(set.sleeps());
    QVERIFY(succeedsInChild([&] {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        rlimit none = limit;
        none.rlim_cur = 3; // more than the descriptors that are polled, and the first are in use
        ::setrlimit(RLIMIT_NOFILE, &none);
        pair.send();
        const bool hearsWithout = set.wait(-1) == Notifiers{&notifier} && !set.set.isValid();
        ::setrlimit(RLIMIT_NOFILE, &limit);
        return hearsWithout && set.wait(-1) == Notifiers{&notifier} && set.set.isValid();
    }));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsNotifierSet)
#include "tst_wsnotifierset.moc"
