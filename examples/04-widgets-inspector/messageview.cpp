// SPDX-License-Identifier: MIT
#include "messageview.h"

#include "hexdump.h"
#include "jsonpath.h"
#include "jsontext.h"
#include "theme.h"

#include <QtCore/QSaveFile>
#include <QtGui/QFontDatabase>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QToolButton>

namespace {
// A text widget with more text becomes slow. The complete message can be saved to a file.
constexpr qsizetype MaximumTextBytes = 1024 * 1024;
constexpr qsizetype MaximumJsonBytes = 4 * MaximumTextBytes; // indented
constexpr qsizetype MaximumHexBytes = 64 * 1024;
constexpr qsizetype MaximumValues = 10'000;
constexpr qsizetype MaximumMatches = 1'000;

QString shownJson(const QByteArray &indented)
{
    const QString text = QString::fromUtf8(indented.left(MaximumJsonBytes));
    return indented.size() > MaximumJsonBytes ? text + QStringLiteral("\n\u2026") : text;
}
} // namespace

MessageView::MessageView(QWidget *parent)
    : QWidget(parent), m_summary(new QLabel), m_format(new QComboBox), m_save(new QToolButton),
      m_path(new QLineEdit), m_content(new QPlainTextEdit)
{
    createBar();
    createContent();
    auto *formatLabel = new QLabel(tr("Vie&w as:"));
    formatLabel->setBuddy(m_format);
    auto *bar = new QHBoxLayout;
    bar->addWidget(formatLabel);
    bar->addWidget(m_format);
    bar->addWidget(m_path, 1);
    bar->addWidget(m_save);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(bar);
    layout->addWidget(m_summary);
    layout->addWidget(m_content, 1);
    clear();
}

void MessageView::createBar()
{
    m_format->addItems({tr("Automatic"), tr("Text"), tr("JSON"), tr("Hex")});
    m_format->setObjectName(QStringLiteral("format"));
    connect(m_format, &QComboBox::currentIndexChanged, this, &MessageView::render);
    m_path->setObjectName(QStringLiteral("path"));
    m_path->setPlaceholderText(tr("JSON path: .items[0]"));
    m_path->setAccessibleName(tr("Path of the JSON values that are shown"));
    m_path->setToolTip(tr("Shows only a part: .name, [0], .*, or ..name for a name at any depth."));
    m_path->setClearButtonEnabled(true);
    connect(m_path, &QLineEdit::textChanged, this, &MessageView::render);
    m_save->setText(tr("Save Pa&yload\u2026"));
    m_save->setFocusPolicy(Qt::StrongFocus);
    connect(m_save, &QToolButton::clicked, this, &MessageView::savePayload);
}

void MessageView::createContent()
{
    m_content->setObjectName(QStringLiteral("content"));
    m_content->setAccessibleName(tr("Content of the selected message"));
    m_content->setPlaceholderText(tr("Select a message to see what is in it."));
    m_content->setReadOnly(true);
    m_content->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_content->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_content->setTabChangesFocus(true);
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
}

void MessageView::show(const LogEntry &entry)
{
    m_entry = entry;
    m_save->setEnabled(!entry.payload.isEmpty());
    render();
}

void MessageView::clear()
{
    show({});
}

MessageView::Format MessageView::format() const
{
    return Format(m_format->currentIndex());
}

void MessageView::setFormat(Format format)
{
    m_format->setCurrentIndex(format);
}

void MessageView::highlight(const QString &text)
{
    m_searched = text;
    markMatches();
}

void MessageView::focusContent()
{
    m_content->setFocus(Qt::ShortcutFocusReason);
}

void MessageView::focusPath()
{
    m_path->setFocus(Qt::ShortcutFocusReason);
    m_path->selectAll();
}

void MessageView::render()
{
    const Format shown = format() == Automatic ? fittingFormat() : format();
    m_content->setLineWrapMode(shown == Hex ? QPlainTextEdit::NoWrap : QPlainTextEdit::WidgetWidth);
    m_content->setPlainText(renderedText(shown));
    m_path->setEnabled(shown == Json);
    m_summary->setText(summary());
    markMatches();
}

// Of an event, all that is known of it.
QByteArray MessageView::shownBytes() const
{
    if (m_entry.isOnWire())
        return m_entry.payload;
    return (m_entry.detail.isEmpty() ? m_entry.note : m_entry.detail).toUtf8();
}

MessageView::Format MessageView::fittingFormat() const
{
    const bool isControl = m_entry.kind == LogEntry::Kind::Ping || m_entry.kind == LogEntry::Kind::Pong;
    if (m_entry.kind == LogEntry::Kind::Binary || (isControl && !m_entry.payload.isEmpty()))
        return Hex;
    const QByteArray bytes = shownBytes();
    const bool looksLikeJson = bytes.startsWith('{') || bytes.startsWith('[');
    return looksLikeJson && bytes.size() <= MaximumTextBytes && !checkJson(bytes) ? Json : Text;
}

QString MessageView::renderedText(Format shown) const
{
    const QByteArray bytes = shownBytes();
    const qsizetype limit = shown == Hex ? MaximumHexBytes : MaximumTextBytes;
    QString text;
    if (shown == Hex)
        text = hexDump(QByteArrayView(bytes).first(qMin(limit, bytes.size())));
    else if (shown == Json && bytes.size() <= limit)
        text = renderedJson(bytes);
    else
        text = QString::fromUtf8(bytes.left(limit));
    if (bytes.size() > limit)
        text += u'\n' + tr("\u2026 and %1 more").arg(formatSize(bytes.size() - limit));
    return text;
}

QString MessageView::renderedJson(const QByteArray &json) const
{
    if (const std::optional<JsonProblem> problem = checkJson(json))
        return tr("Not JSON at byte %1: %2").arg(problem->offset).arg(problem->text);
    const QString expression = m_path->text().trimmed();
    if (expression.isEmpty())
        return shownJson(indentedJson(json));
    const JsonPath path(expression);
    if (!path.problem().isEmpty())
        return tr("Wrong path: %1").arg(path.problem());
    QByteArrayList values;
    qsizetype size = 0;
    const QList<QByteArrayView> selected = path.select(json, MaximumValues);
    for (const QByteArrayView value : selected) { // one of which can contain the next
        values.append(indentedJson(value.toByteArray()));
        size += values.constLast().size();
        if (size > MaximumJsonBytes)
            break;
    }
    return values.isEmpty() ? tr("Nothing at this path.") : shownJson(values.join('\n'));
}

void MessageView::markMatches()
{
    QList<QTextEdit::ExtraSelection> matches;
    QTextCursor cursor(m_content->document());
    while (!m_searched.isEmpty() && matches.size() < MaximumMatches) {
        cursor = m_content->document()->find(m_searched, cursor);
        if (cursor.isNull())
            break;
        QTextCharFormat format;
        format.setBackground(Theme::color(Theme::Role::Match));
        format.setForeground(Theme::color(Theme::Role::MatchText));
        matches.append({cursor, format});
    }
    m_content->setExtraSelections(matches);
}

QString MessageView::summary() const
{
    if (m_entry.msecsSinceEpoch == 0)
        return {};
    QStringList parts{m_entry.kindName(), m_entry.time().toString(QStringLiteral("HH:mm:ss.zzz"))};
    if (m_entry.isOnWire()) {
        parts.prepend(m_entry.direction == LogEntry::Direction::Sent ? tr("Sent") : tr("Received"));
        parts.append(formatSize(m_entry.payload.size()));
        if (!m_entry.note.isEmpty())
            parts.append(m_entry.note);
    }
    return parts.join(QStringLiteral("  \u00b7  "));
}

void MessageView::savePayload()
{
    const bool isText = m_entry.kind == LogEntry::Kind::Text;
    auto *dialog = new QFileDialog(this, tr("Save Payload"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(isText ? QStringLiteral("message.txt") : QStringLiteral("message.bin"));
    connect(dialog, &QFileDialog::fileSelected, this, &MessageView::writePayload);
    dialog->open();
}

void MessageView::writePayload(const QString &fileName)
{
    QSaveFile file(fileName);
    if (!file.open(QIODevice::WriteOnly) || file.write(m_entry.payload) < 0 || !file.commit())
        QMessageBox::warning(this, tr("Save Payload"), file.errorString());
}
