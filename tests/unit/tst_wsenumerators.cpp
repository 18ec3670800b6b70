// SPDX-License-Identifier: MIT
#include <WsKit/Ws>

#include <QtCore/qhash.h>
#include <QtCore/qmetaobject.h>
#include <QtTest/qtest.h>

class TestWsEnumerators : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void noTwoEnumeratorsShareAName();
};

// In QML, `Ws.Name` may be an enumerator of any enumeration; newer versions of Qt include the scoped ones.
void TestWsEnumerators::noTwoEnumeratorsShareAName()
{
    const QMetaObject &ws = Ws::staticMetaObject;
    QVERIFY(ws.enumeratorCount() > 0);
    QHash<QByteArray, QByteArray> enumerationOf;
    for (int i = 0; i < ws.enumeratorCount(); ++i) {
        const QMetaEnum enumeration = ws.enumerator(i);
        for (int j = 0; j < enumeration.keyCount(); ++j) {
            const QByteArray name = enumeration.key(j);
            QVERIFY2(!enumerationOf.contains(name),
                     name + " is in " + enumerationOf.value(name) + " and in " + enumeration.name());
            enumerationOf.insert(name, enumeration.name());
        }
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsEnumerators)
#include "tst_wsenumerators.moc"
