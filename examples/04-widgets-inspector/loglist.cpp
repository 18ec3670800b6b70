// SPDX-License-Identifier: MIT
#include "loglist.h"

#include "logfilter.h"
#include "logmodel.h"

#include <QtCore/QItemSelectionModel>
#include <QtCore/QLocale>
#include <QtGui/QAction>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QKeySequence>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QTableView>

LogList::LogList(LogModel *model, QWidget *parent)
    : QWidget(parent), m_model(model), m_filter(new LogFilter(model, this)), m_text(new QLineEdit),
      m_show(new QComboBox), m_count(new QLabel), m_view(new QTableView)
{
    m_text->setObjectName(QStringLiteral("filter"));
    m_text->setPlaceholderText(tr("Filter"));
    m_text->setAccessibleName(m_text->placeholderText());
    m_text->setClearButtonEnabled(true);
    m_show->addItems({tr("Everything"), tr("Messages"), tr("Received"), tr("Sent")});
    m_show->setAccessibleName(tr("What is shown"));
    connect(m_text, &QLineEdit::textChanged, m_filter, &LogFilter::setText);
    connect(m_show, &QComboBox::currentIndexChanged, m_filter,
            [this](int index) { m_filter->setShow(LogFilter::Show(index)); });
    createView();
    createActions();
    followNewRows();

    auto *bar = new QHBoxLayout;
    bar->addWidget(m_text, 1);
    bar->addWidget(m_show);
    bar->addWidget(m_count);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(bar);
    layout->addWidget(m_view, 1);
    updateCount();
}

void LogList::createView()
{
    const int character = fontMetrics().averageCharWidth();
    m_view->setObjectName(QStringLiteral("log"));
    m_view->setAccessibleName(tr("Messages"));
    m_view->setModel(m_filter);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setTabKeyNavigation(false);
    m_view->setAlternatingRowColors(true);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    QHeaderView *header = m_view->horizontalHeader();
    header->setStretchLastSection(true);
    header->setHighlightSections(false);
    header->setMinimumSectionSize(character * 3);
    header->resizeSection(LogModel::DirectionColumn, character * 4);
    header->resizeSection(LogModel::TimeColumn, character * 15);
    header->resizeSection(LogModel::KindColumn, character * 10);
    header->resizeSection(LogModel::SizeColumn, character * 13);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &LogList::onCurrentChanged);
}

void LogList::createActions()
{
    auto *copy = new QAction(tr("&Copy the Content"), this);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, this, &LogList::copyCurrent);
    auto *edit = new QAction(tr("&Edit and Send Again"), this);
    edit->setShortcut(Qt::CTRL | Qt::Key_E);
    edit->setShortcutContext(Qt::WidgetShortcut);
    connect(edit, &QAction::triggered, this, [this] {
        const QModelIndex index = m_view->currentIndex();
        if (index.isValid() && m_filter->entry(index).kind == LogEntry::Kind::Text)
            Q_EMIT editRequested(m_filter->entry(index));
    });
    m_view->addActions({copy, edit});
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
}

// If the list is scrolled to the end, it follows the newest row. Otherwise it does not scroll.
void LogList::followNewRows()
{
    connect(m_filter, &LogFilter::rowsAboutToBeInserted, this,
            [this] { m_follows = m_follows || isAtEnd(); });
    connect(m_filter, &LogFilter::rowsAboutToBeRemoved, this, [this] { m_follows = isAtEnd(); });
    connect(m_filter, &LogFilter::rowsRemoved, this, [this](const QModelIndex &, int first, int last) {
        QScrollBar *bar = m_view->verticalScrollBar();
        if (first < bar->value())
            bar->setValue(bar->value() - (last - first + 1));
        updateCount();
    });
    connect(m_filter, &LogFilter::rowsInserted, this, [this] {
        if (std::exchange(m_follows, false))
            m_view->scrollToBottom();
        updateCount();
    });
    connect(m_filter, &LogFilter::modelReset, this, [this] {
        updateCount();
        Q_EMIT currentChanged({});
    });
}

bool LogList::isAtEnd() const
{
    return m_view->verticalScrollBar()->value() >= m_view->verticalScrollBar()->maximum();
}

void LogList::focusFilter()
{
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
}

void LogList::onCurrentChanged(const QModelIndex &index)
{
    if (index.isValid())
        Q_EMIT currentChanged(m_filter->entry(index));
}

void LogList::copyCurrent()
{
    const QModelIndex index = m_view->currentIndex();
    if (!index.isValid())
        return;
    const LogEntry &entry = m_filter->entry(index);
    const bool isText = entry.kind == LogEntry::Kind::Text;
    QGuiApplication::clipboard()->setText(isText ? QString::fromUtf8(entry.payload) : entry.preview());
}

void LogList::updateCount()
{
    const int shown = m_filter->rowCount();
    const int all = m_model->rowCount();
    m_count->setText(shown == all ? QLocale().toString(all)
                                  : tr("%1 of %2").arg(QLocale().toString(shown), QLocale().toString(all)));
}
