// SPDX-License-Identifier: MIT

// The window of the inspector at small sizes, by keyboard and in German.

#include "closedialog.h"
#include "connectionsdialog.h"
#include "inspectortesting.h"
#include "shortcutsdialog.h"
#include "templatesdialog.h"
#include "translationfile.h"

#include <QtCore/QProcess>
#include <QtCore/QTranslator>
#include <QtWidgets/QApplication>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QTabWidget>
#include <QtWidgets/QToolButton>

namespace {
constexpr QSize Small{640, 480};
constexpr QSize Large{1400, 900};

QString describe(const QWidget *widget)
{
    return QStringLiteral("%1 \"%2\" in %3")
        .arg(QLatin1String(widget->metaObject()->className()), widget->objectName(),
             widget->parentWidget() ? QLatin1String(widget->parentWidget()->metaObject()->className())
                                    : QLatin1String());
}

// Qt's own parts of a widget have names of Qt's.
bool isOurs(const QWidget *widget)
{
    const auto *parent = widget->parentWidget();
    return !widget->objectName().startsWith(QLatin1String("qt_")) && !qobject_cast<const QLineEdit *>(parent)
           && !qobject_cast<const QTabBar *>(parent) && !qobject_cast<const QTableView *>(parent)
           && !widget->inherits("QComboBoxPrivateContainer") && !widget->inherits("QComboBoxListView");
}

bool hasBuddy(const QWidget *widget, const QWidget *window)
{
    const QList<QLabel *> labels = window->findChildren<QLabel *>();
    for (const QLabel *label : labels) {
        for (const QWidget *buddy = label->buddy(); buddy; buddy = buddy->focusProxy()) {
            if (buddy == widget)
                return true;
        }
    }
    return false;
}

QString nameOf(const QWidget *widget)
{
    if (!widget->accessibleName().isEmpty())
        return widget->accessibleName();
    if (const auto *button = qobject_cast<const QAbstractButton *>(widget))
        return button->text();
    return {};
}

QList<QAction *> commands(const QMenu *menu)
{
    QList<QAction *> all;
    const QList<QAction *> actions = menu->actions();
    for (QAction *action : actions) {
        if (action->menu())
            all += commands(action->menu());
        else if (!action->isSeparator())
            all.append(action);
    }
    return all;
}

QChar mnemonicOf(const QString &text)
{
    const QKeySequence key = QKeySequence::mnemonic(text);
    return key.isEmpty() ? QChar() : QChar(char16_t(key[0].key())).toUpper();
}

// The texts that belong to keys Alt+letter while these widgets are in sight.
QStringList visibleMnemonics(const QMainWindow *window)
{
    QStringList texts;
    const QList<QAction *> menus = window->menuBar()->actions();
    for (const QAction *menu : menus)
        texts.append(menu->text());
    const QList<QWidget *> widgets = window->findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (!widget->isVisible())
            continue;
        if (const auto *label = qobject_cast<const QLabel *>(widget); label && label->buddy())
            texts.append(label->text());
        else if (const auto *button = qobject_cast<const QAbstractButton *>(widget))
            texts.append(button->text());
        else if (const auto *tabs = qobject_cast<const QTabBar *>(widget))
            for (int i = 0; i < tabs->count(); ++i)
                texts.append(tabs->tabText(i));
    }
    return texts;
}

QStringList repeated(const QStringList &texts)
{
    QHash<QChar, QString> known;
    QStringList problems;
    for (const QString &text : texts) {
        const QChar key = mnemonicOf(text);
        if (!key.isNull() && known.contains(key))
            problems.append(text + QStringLiteral(" and ") + known.value(key));
        known.insert(key, text);
    }
    return problems;
}

// What shows less than its whole text.
QStringList truncated(const QWidget *window)
{
    QStringList problems;
    const QList<QWidget *> widgets = window->findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (!widget->isVisible() || !isOurs(widget))
            continue;
        const auto *label = qobject_cast<const QLabel *>(widget);
        const bool wraps =
            label && (label->wordWrap() || label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored);
        const bool hasText = (label && !wraps) || qobject_cast<const QAbstractButton *>(widget)
                             || qobject_cast<const QComboBox *>(widget);
        if (hasText && widget->width() < widget->minimumSizeHint().width())
            problems.append(QStringLiteral("%1: %2 of %3")
                                .arg(describe(widget))
                                .arg(widget->width())
                                .arg(widget->sizeHint().width()));
        else if (hasText && !qobject_cast<const QComboBox *>(widget)
                 && widget->width() < widget->sizeHint().width())
            problems.append(QStringLiteral("%1: %2 of %3")
                                .arg(describe(widget))
                                .arg(widget->width())
                                .arg(widget->sizeHint().width()));
    }
    return problems;
}
} // namespace

class tst_InspectorWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_side = std::make_unique<InspectorSide>(); }
    void cleanup();

    void smallWindowShowsOnePartAtATime();
    void changingTheSizeKeepsTheFocus();
    void smallWindowIsLedByKeys();
    void sideCanBeHidden();
    void everyCommandHasANameAndItsOwnShortcut();
    void everyControlHasAName();
    void mnemonicsAreUnique_data();
    void mnemonicsAreUnique();
    void tabGoesThroughTheWindowInItsOrder();
    void focusIsInSight();
    void shortcutsAreListed();
    void translationIsComplete();
    void sourcesHaveNothingThatIsNotTranslated();
    void textsFitIntoTheSmallWindow_data();
    void textsFitIntoTheSmallWindow();
    void dialogsFitIntoTheSmallWindow_data();
    void dialogsFitIntoTheSmallWindow();
    void helpNeedsNoDisplay_data();
    void helpNeedsNoDisplay();

private:
    void resize(const QSize &size);
    void speakGerman();
    QTabWidget *tabs() const { return m_side->child<QTabWidget>("tabs"); }

    std::unique_ptr<InspectorSide> m_side;
    std::unique_ptr<QTranslator> m_german;
};

void tst_InspectorWindow::cleanup()
{
    m_side.reset();
    if (m_german)
        QCoreApplication::removeTranslator(m_german.get());
    m_german.reset();
}

void tst_InspectorWindow::resize(const QSize &size)
{
    m_side->window->resize(size);
    WS_TRY_COMPARE(m_side->window->size(), size);
    QCoreApplication::processEvents();
}

void tst_InspectorWindow::speakGerman()
{
    m_german = std::make_unique<QTranslator>();
    QVERIFY(m_german->load(QStringLiteral(INSPECTOR_TRANSLATION)));
    QVERIFY(QCoreApplication::installTranslator(m_german.get()));
    m_side->makeWindow();
}

// --- sizes

void tst_InspectorWindow::smallWindowShowsOnePartAtATime()
{
    resize(Large);
    QCOMPARE(tabs()->count(), 3);
    QVERIFY(m_side->log()->isVisible() && tabs()->isVisible());
    resize(Small);
    QCOMPARE(tabs()->count(), 4);
    QVERIFY(m_side->log()->isVisible());
    QVERIFY2(m_side->log()->columnWidth(LogModel::ContentColumn) > 250,
             qPrintable(QString::number(m_side->log()->columnWidth(LogModel::ContentColumn))));
    QVERIFY(m_side->log()->height() > 120);
    m_side->action("goToContent")->trigger();
    QVERIFY(!m_side->log()->isVisible());
    QVERIFY(m_side->child<QPlainTextEdit>("content")->width() > 550);
    resize(Large);
    QCOMPARE(tabs()->count(), 3);
    QVERIFY(m_side->log()->isVisible() && m_side->child<QPlainTextEdit>("content")->isVisible());
}

void tst_InspectorWindow::changingTheSizeKeepsTheFocus()
{
    resize(Large);
    auto *message = m_side->child<QPlainTextEdit>("message");
    message->setFocus();
    WS_TRY_VERIFY(message->hasFocus());
    resize(Small);
    WS_TRY_VERIFY(message->hasFocus());
    resize(Large);
    WS_TRY_VERIFY(message->hasFocus());
}

void tst_InspectorWindow::smallWindowIsLedByKeys()
{
    resize(Small);
    m_side->open();
    WS_TRY_VERIFY(m_side->child<QPlainTextEdit>("message")->hasFocus());
    m_side->say(QStringLiteral("hello"));
    QTest::keyClick(m_side->window.get(), Qt::Key_1, Qt::ControlModifier);
    WS_TRY_VERIFY(m_side->log()->hasFocus());
    QCOMPARE(m_side->log()->currentIndex().row(), 3); // the newest
    QTest::keyClick(m_side->log(), Qt::Key_Up);
    QVERIFY(m_side->log()->isVisible());
    QTest::keyClick(m_side->log(), Qt::Key_Return);
    WS_TRY_VERIFY(m_side->child<QPlainTextEdit>("content")->hasFocus());
    QCOMPARE(m_side->content(), QStringLiteral("hello"));
    QTest::keyClick(m_side->window.get(), Qt::Key_F9);
    QVERIFY(m_side->log()->isVisible());
    QTest::keyClick(m_side->window.get(), Qt::Key_F9);
    QVERIFY(m_side->child<QPlainTextEdit>("content")->isVisible());
    QTest::keyClick(m_side->window.get(), Qt::Key_2, Qt::ControlModifier);
    QVERIFY(m_side->child<QLineEdit>("subprotocols")->isVisible());
    QTest::keyClick(m_side->window.get(), Qt::Key_M, Qt::ControlModifier);
    WS_TRY_VERIFY(m_side->child<QPlainTextEdit>("message")->hasFocus());
}

void tst_InspectorWindow::sideCanBeHidden()
{
    resize(Large);
    QTest::keyClick(m_side->window.get(), Qt::Key_F9);
    QVERIFY(!tabs()->isVisible());
    WS_TRY_VERIFY(m_side->log()->width() > Large.width() - 50);
    m_side->action("goToHandshake")->trigger();
    QVERIFY(tabs()->isVisible());
}

// --- the keyboard

void tst_InspectorWindow::everyCommandHasANameAndItsOwnShortcut()
{
    QHash<QString, QString> known;
    const QList<QAction *> menus = m_side->window->menuBar()->actions();
    QVERIFY(menus.size() >= 5);
    for (const QAction *menu : menus) {
        const QList<QAction *> actions = commands(menu->menu());
        QVERIFY(!actions.isEmpty());
        for (const QAction *action : actions) {
            QVERIFY(!action->text().isEmpty());
            if (action->actionGroup())
                continue; // a choice, which its menu leads to
            const QString key = action->shortcut().toString();
            QVERIFY2(!key.isEmpty(), qPrintable(action->text()));
            QVERIFY2(!known.contains(key), qPrintable(action->text() + u' ' + known.value(key)));
            known.insert(key, action->text());
        }
    }
    QVERIFY(known.size() > 25);
}

void tst_InspectorWindow::everyControlHasAName()
{
    m_side->action("find")->trigger();
    m_side->action("savedConnections")->trigger();
    m_side->action("templates")->trigger();
    int count = 0;
    const QList<QWidget *> widgets = m_side->window->findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (widget->focusPolicy() == Qt::NoFocus || !isOurs(widget) || widget->focusProxy()
            || qobject_cast<const QTabBar *>(widget) || widget->inherits("QMenuBar")
            || widget->inherits("QMenu") || widget->inherits("QSplitterHandle") || widget->inherits("QDialog")
            || widget->inherits("QHeaderView") || widget->inherits("QLabel"))
            continue;
        const QWidget *asked =
            qobject_cast<const QComboBox *>(widget->parentWidget()) ? widget->parentWidget() : widget;
        const bool isArea = widget->inherits("QScrollArea"); // its fields have names
        QVERIFY2(isArea || !nameOf(asked).isEmpty() || hasBuddy(asked, m_side->window.get())
                     || hasBuddy(asked->parentWidget(), m_side->window.get()),
                 qPrintable(describe(widget)));
        ++count;
    }
    QVERIFY2(count > 40, qPrintable(QString::number(count)));
}

void tst_InspectorWindow::mnemonicsAreUnique_data()
{
    QTest::addColumn<bool>("german");
    QTest::addColumn<QSize>("size");
    QTest::newRow("English, small") << false << Small;
    QTest::newRow("English, large") << false << Large;
    QTest::newRow("German, small") << true << Small;
    QTest::newRow("German, large") << true << Large;
}

void tst_InspectorWindow::mnemonicsAreUnique()
{
    QFETCH(const bool, german);
    QFETCH(const QSize, size);
    if (german)
        speakGerman();
    resize(size);
    for (int i = 0; i < tabs()->count(); ++i) {
        tabs()->setCurrentIndex(i);
        const QStringList problems = repeated(visibleMnemonics(m_side->window.get()));
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(QStringLiteral("; "))));
    }
    const QList<QAction *> menus = m_side->window->menuBar()->actions();
    for (const QAction *menu : menus) {
        QStringList texts;
        const QList<QAction *> actions = menu->menu()->actions();
        for (const QAction *action : actions)
            texts.append(action->text());
        const QStringList problems = repeated(texts);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(QStringLiteral("; "))));
    }
}

void tst_InspectorWindow::tabGoesThroughTheWindowInItsOrder()
{
    resize(Large);
    m_side->open();
    m_side->action("goToUrl")->trigger();
    const QWidget *first = QApplication::focusWidget();
    QStringList names;
    do {
        names.append(QApplication::focusWidget()->objectName());
        QVERIFY(QApplication::focusWidget()->isVisible());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    } while (QApplication::focusWidget() != first && names.size() < 100);
    QVERIFY(names.size() < 100);
    const QStringList expected{QStringLiteral("filter"),       QStringLiteral("log"),
                               QStringLiteral("message"),      QStringLiteral("type"),
                               QStringLiteral("subprotocols"), QStringLiteral("reconnect"),
                               QStringLiteral("proxy"),        QStringLiteral("ignoreErrors")};
    qsizetype last = 0;
    for (const QString &name : expected) {
        const qsizetype at = names.indexOf(name);
        QVERIFY2(at > last, qPrintable(name + QStringLiteral(" in ") + names.join(u' ')));
        last = at;
    }
}

// A control that gets the focus by Tab is in the part of a scrolled panel that can be seen.
void tst_InspectorWindow::focusIsInSight()
{
    resize(Small);
    m_side->action("goToRequest")->trigger();
    const QRect window(QPoint(), m_side->window->size());
    int count = 0;
    for (QWidget *focus = nullptr; count < 100 && focus != m_side->child<QWidget>("ignoreErrors"); ++count) {
        focus = QApplication::focusWidget();
        const QRect area(focus->mapTo(m_side->window.get(), QPoint()), focus->size());
        QVERIFY2(window.contains(area.center()) && focus->visibleRegion().boundingRect().height() > 5,
                 qPrintable(describe(focus)));
        QTest::keyClick(focus, Qt::Key_Tab);
    }
    QVERIFY(count > 8 && count < 100);
}

void tst_InspectorWindow::shortcutsAreListed()
{
    QTest::keyClick(m_side->window.get(), Qt::Key_F1);
    auto *dialog = m_side->window->findChild<ShortcutsDialog *>();
    QVERIFY(dialog);
    QStringList keys;
    for (QTreeWidgetItemIterator item(dialog->findChild<QTreeWidget *>()); *item; ++item)
        keys.append((*item)->text(1));
    QVERIFY(keys.contains(QStringLiteral("Ctrl+D")) && keys.contains(QStringLiteral("F1")));
}

// --- German

void tst_InspectorWindow::translationIsComplete()
{
    const TranslationFile translation(QStringLiteral(INSPECTOR_SOURCES "/inspector_de.ts"));
    QCOMPARE(translation.checkTexts(250), QString());
}

// Updating the translation from the sources adds nothing.
void tst_InspectorWindow::sourcesHaveNothingThatIsNotTranslated()
{
    const TranslationFile translation(QStringLiteral(INSPECTOR_SOURCES "/inspector_de.ts"));
    QCOMPARE(translation.checkSources(QStringLiteral(WSKIT_LUPDATE), {QStringLiteral(INSPECTOR_SOURCES)}),
             QString());
}

void tst_InspectorWindow::textsFitIntoTheSmallWindow_data()
{
    QTest::addColumn<bool>("german");
    QTest::newRow("English") << false;
    QTest::newRow("German") << true;
}

void tst_InspectorWindow::textsFitIntoTheSmallWindow()
{
    QFETCH(const bool, german);
    if (german)
        speakGerman();
    resize(Small);
    QVERIFY(m_side->server.listen());
    m_side->window->openUrl(m_side->server.serverUrl().toString());
    WS_TRY_VERIFY(m_side->peer && m_side->action("ping")->isEnabled());
    m_side->action("find")->trigger();
    m_side->action("ping")->trigger();
    for (int i = 0; i < tabs()->count(); ++i) {
        tabs()->setCurrentIndex(i);
        WS_TRY_COMPARE(truncated(m_side->window.get()), QStringList());
    }
    QVERIFY(tabs()->tabBar()->sizeHint().width() <= tabs()->width());
    QCOMPARE(m_side->window->size(), Small);
}

void tst_InspectorWindow::dialogsFitIntoTheSmallWindow_data()
{
    QTest::addColumn<QByteArray>("action");
    for (const char *action : {"close", "savedConnections", "templates", "shortcuts"})
        QTest::newRow(action) << QByteArray(action);
}

void tst_InspectorWindow::dialogsFitIntoTheSmallWindow()
{
    QFETCH(const QByteArray, action);
    speakGerman();
    QVERIFY(m_side->server.listen());
    m_side->window->openUrl(m_side->server.serverUrl().toString());
    WS_TRY_VERIFY(m_side->peer && m_side->action("close")->isEnabled());
    m_side->action(action.constData())->trigger();
    auto *dialog = m_side->window->findChild<QDialog *>();
    WS_TRY_VERIFY(dialog && dialog->isVisible());
    QVERIFY2(dialog->width() <= Small.width() && dialog->height() <= Small.height() - 40,
             qPrintable(QStringLiteral("%1 x %2").arg(dialog->width()).arg(dialog->height())));
    WS_TRY_COMPARE(truncated(dialog), QStringList());
}

// --- the program

void tst_InspectorWindow::helpNeedsNoDisplay_data()
{
    QTest::addColumn<QString>("option");
    QTest::addColumn<QByteArray>("output");
    QTest::newRow("help") << QStringLiteral("--help") << QByteArray("[URL]");
    QTest::newRow("version") << QStringLiteral("--version") << QByteArray("Inspector 0.");
}

void tst_InspectorWindow::helpNeedsNoDisplay()
{
    QFETCH(const QString, option);
    QFETCH(const QByteArray, output);
    QProcess program;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
    environment.remove(QStringLiteral("DISPLAY"));
    program.setProcessEnvironment(environment);
    program.setWorkingDirectory(m_side->folder.path());
    program.start(QStringLiteral(INSPECTOR_PROGRAM), {option});
    QVERIFY(program.waitForFinished(-1));
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 0);
    const QByteArray text = program.readAllStandardOutput();
    QVERIFY2(text.contains(output), text);
}

QTEST_MAIN(tst_InspectorWindow)
#include "tst_inspectorwindow.moc"
