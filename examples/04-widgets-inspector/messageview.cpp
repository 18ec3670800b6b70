// SPDX-License-Identifier: MIT
#include "messageview.h"

#include "hexdump.h"
#include "jsontext.h"

#include <QtCore/QSaveFile>
#include <QtGui/QFontDatabase>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QToolButton>

namespace {
// A text widget with more text becomes slow. The complete message can be saved to a file.
constexpr qsizetype MaximumTextBytes = 1024 * 1024;
constexpr qsizetype MaximumHexBytes = 64 * 1024;
} // namespace

MessageView::MessageView(QWidget *parent)
    : QWidget(parent), m_summary(new QLabel), m_format(new QComboBox), m_save(new QToolButton),
      m_content(new QPlainTextEdit)
{
    m_format->addItems({tr("Automatic"), tr("Text"), tr("JSON"), tr("Hex")});
    m_format->setObjectName(QStringLiteral("format"));
    connect(m_format, &QComboBox::currentIndexChanged, this, &MessageView::render);
    auto *formatLabel = new QLabel(tr("Vie&w as:"));
    formatLabel->setBuddy(m_format);
    m_save->setText(tr("Save Pa&yload\u2026"));
    m_save->setFocusPolicy(Qt::StrongFocus);
    connect(m_save, &QToolButton::clicked, this, &MessageView::savePayload);
    m_content->setObjectName(QStringLiteral("content"));
    m_content->setAccessibleName(tr("Content of the selected message"));
    m_content->setPlaceholderText(tr("Select a message to see what is in it."));
    m_content->setReadOnly(true);
    m_content->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_content->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_content->setTabChangesFocus(true);
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto *bar = new QHBoxLayout;
    bar->addWidget(formatLabel);
    bar->addWidget(m_format);
    bar->addStretch();
    bar->addWidget(m_save);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(bar);
    layout->addWidget(m_summary);
    layout->addWidget(m_content, 1);
    clear();
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

void MessageView::render()
{
    const Format shown = format() == Automatic ? fittingFormat() : format();
    m_content->setLineWrapMode(shown == Hex ? QPlainTextEdit::NoWrap : QPlainTextEdit::WidgetWidth);
    m_content->setPlainText(renderedText());
    m_summary->setText(summary());
}

MessageView::Format MessageView::fittingFormat() const
{
    if (!m_entry.isOnWire() || m_entry.payload.isEmpty())
        return Text;
    if (m_entry.kind == LogEntry::Kind::Binary)
        return Hex;
    const bool looksLikeJson = m_entry.payload.startsWith('{') || m_entry.payload.startsWith('[');
    const bool isJson =
        looksLikeJson && m_entry.payload.size() <= MaximumTextBytes && !checkJson(m_entry.payload);
    return isJson ? Json : Text;
}

QString MessageView::renderedText() const
{
    const QByteArray &payload = m_entry.payload;
    const Format shown = format() == Automatic ? fittingFormat() : format();
    const qsizetype limit = shown == Hex ? MaximumHexBytes : MaximumTextBytes;
    QString text;
    if (!m_entry.isOnWire())
        return m_entry.note;
    if (shown == Hex) {
        text = hexDump(QByteArrayView(payload).first(qMin(limit, payload.size())));
    } else if (shown == Json && payload.size() <= limit) {
        const std::optional<JsonProblem> problem = checkJson(payload);
        text = problem ? tr("Not JSON at byte %1: %2").arg(problem->offset).arg(problem->text)
                       : indentedJson(payload);
    } else {
        text = QString::fromUtf8(payload.left(limit));
    }
    if (payload.size() > limit)
        text += u'\n' + tr("\u2026 and %1 more").arg(formatSize(payload.size() - limit));
    return text;
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
