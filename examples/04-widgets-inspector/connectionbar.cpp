// SPDX-License-Identifier: MIT
#include "connectionbar.h"

#include "theme.h"
#include "tooltip.h"

#include <QtGui/QAction>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QCompleter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QToolButton>

namespace {
constexpr int ShownCount = 20;
} // namespace

ConnectionBar::ConnectionBar(QAction *connectAction, QWidget *parent)
    : QWidget(parent), m_url(new QComboBox), m_state(new QLabel)
{
    m_url->setEditable(true);
    m_url->setInsertPolicy(QComboBox::NoInsert);
    m_url->setMaxVisibleItems(ShownCount);
    m_url->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_url->setMinimumContentsLength(16);
    m_url->completer()->setCompletionMode(QCompleter::PopupCompletion);
    m_url->completer()->setFilterMode(Qt::MatchContains);
    m_url->lineEdit()->setPlaceholderText(tr("wss://example.com/socket"));
    m_url->lineEdit()->setObjectName(QStringLiteral("url"));
    m_url->lineEdit()->setClearButtonEnabled(true);
    connect(m_url->lineEdit(), &QLineEdit::returnPressed, this, &ConnectionBar::urlEntered);
    auto *label = new QLabel(tr("U&RL:"));
    label->setBuddy(m_url);
    auto *button = new QToolButton;
    button->setDefaultAction(connectAction);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Minimum);
    button->setMinimumWidth(fontMetrics().averageCharWidth() * 16); // the same width for each of its texts
    m_state->setObjectName(QStringLiteral("state"));
    m_state->setMinimumWidth(fontMetrics().averageCharWidth() * 18);

    auto *layout = new QHBoxLayout(this);
    layout->addWidget(label);
    layout->addWidget(m_url, 1);
    layout->addWidget(button);
    layout->addWidget(m_state);
}

// A URL without a scheme is a ws:// URL, so that localhost:8080 is enough.
QUrl ConnectionBar::url() const
{
    const QString text = m_url->currentText().trimmed();
    if (text.isEmpty() || text.contains(QLatin1String("://")))
        return QUrl(text);
    return QUrl(QStringLiteral("ws://") + text);
}

void ConnectionBar::setUrl(const QString &url)
{
    m_url->setEditText(url);
}

// What is entered stays.
void ConnectionBar::setHistory(const QStringList &urls)
{
    const QString entered = m_url->currentText();
    m_url->clear();
    m_url->addItems(urls);
    if (!entered.isEmpty())
        m_url->setEditText(entered);
}

void ConnectionBar::focusUrl()
{
    m_url->setFocus(Qt::ShortcutFocusReason);
    m_url->lineEdit()->selectAll();
}

void ConnectionBar::showState(Ws::State state, bool isWaiting, const QString &details)
{
    static const Theme::Role roles[] = {Theme::Role::Busy, Theme::Role::Good, Theme::Role::Busy,
                                        Theme::Role::Dimmed};
    const QString names[] = {tr("Connecting"), tr("Open"), tr("Closing"), tr("Closed")};
    m_state->setText(QStringLiteral("<span style='color:%1'>\u25cf</span>&nbsp;%2")
                         .arg(Theme::color(isWaiting ? Theme::Role::Busy : roles[state]).name(),
                              isWaiting ? tr("Waiting") : names[state]));
    m_state->setToolTip(plainToolTip(details));
}
