// SPDX-License-Identifier: MIT
#ifndef PROPERTYTESTING_H
#define PROPERTYTESTING_H

#include <QtCore/qmap.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qvariant.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

// The properties of a class, by their names, as QML writes them.
namespace PropertyTesting {
using Values = QMap<QByteArray, QVariant>;

// Those that begin or end something have tests of their own.
inline bool isAction(const QMetaProperty &property)
{
    return qstrcmp(property.name(), "active") == 0 || qstrcmp(property.name(), "listening") == 0
           || qstrcmp(property.name(), "objectName") == 0;
}

// Each property that can be written.
template <typename Object>
void addProperties()
{
    QTest::addColumn<QByteArray>("name");
    for (int i = 0; i < Object::staticMetaObject.propertyCount(); ++i) {
        const QMetaProperty property = Object::staticMetaObject.property(i);
        if (property.isWritable() && !isAction(property))
            QTest::newRow(property.name()) << QByteArray(property.name());
    }
}

// Writes the property of the row, which reports each change once.
inline void tryProperty(QObject *object, const Values &values)
{
    QFETCH(const QByteArray, name);
    QVERIFY2(values.contains(name), "this test has no value for the property");
    const QVariant value = values.value(name);
    const QMetaObject *const metaObject = object->metaObject();
    const QMetaProperty property = metaObject->property(metaObject->indexOfProperty(name.constData()));
    const QVariant before = property.read(object);
    QVERIFY(before.isValid() && before != value);
    QSignalSpy changed(object, property.notifySignal());
    QVERIFY(changed.isValid());
    QVERIFY(object->setProperty(name.constData(), value));
    QCOMPARE(property.read(object), value);
    QCOMPARE(changed.size(), 1);
    QVERIFY(object->setProperty(name.constData(), value));
    QCOMPARE(changed.size(), 1);
    QVERIFY(object->setProperty(name.constData(), before));
    QCOMPARE(property.read(object), before);
    QCOMPARE(changed.size(), 2);
}
} // namespace PropertyTesting

#endif // PROPERTYTESTING_H
