// SPDX-License-Identifier: MIT
#include "diffdialog.h"

#include "logentry.h"
#include "textdiff.h"
#include "theme.h"

#include <QtGui/QFontDatabase>
#include <QtGui/QTextCursor>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QVBoxLayout>

namespace {
// Larger messages would take long, and nobody could read the result.
constexpr qsizetype MaximumBytes = 256 * 1024;

void appendLines(QPlainTextEdit *edit, const QList<DiffLine> &lines)
{
    QTextCursor cursor(edit->document());
    cursor.beginEditBlock();
    for (const DiffLine &line : lines) {
        QTextCharFormat format;
        if (line.kind != DiffLine::Kind::Same)
            format.setForeground(
                Theme::color(line.kind == DiffLine::Kind::Added ? Theme::Role::Good : Theme::Role::Error));
        const QChar sign = line.kind == DiffLine::Kind::Same    ? u' '
                           : line.kind == DiffLine::Kind::Added ? u'+'
                                                                : u'-';
        cursor.insertText(sign + QStringLiteral(" ") + line.text + u'\n', format);
    }
    cursor.endEditBlock();
    edit->moveCursor(QTextCursor::Start);
}

QString timeOf(const LogEntry &entry)
{
    return entry.time().toString(QStringLiteral("HH:mm:ss.zzz"));
}
} // namespace

DiffDialog::DiffDialog(const LogEntry &before, const LogEntry &after, QWidget *parent) : QDialog(parent)
{
    setWindowTitle(tr("Compare Messages"));
    auto *lines = new QPlainTextEdit;
    lines->setObjectName(QStringLiteral("diff"));
    lines->setAccessibleName(tr("Differences"));
    lines->setReadOnly(true);
    lines->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    lines->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    lines->setLineWrapMode(QPlainTextEdit::NoWrap);
    QString summary = tr("\u2212 message of %1   + message of %2").arg(timeOf(before), timeOf(after));
    if (before.payload == after.payload)
        summary += u'\n' + tr("The messages are the same.");
    else if (before.payload.size() > MaximumBytes || after.payload.size() > MaximumBytes)
        summary += u'\n' + tr("Only the first %1 are compared.").arg(formatSize(MaximumBytes));
    appendLines(lines, diffMessages(before.payload.left(MaximumBytes), after.payload.left(MaximumBytes)));
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto *layout = new QVBoxLayout(this);
    layout->addWidget(new QLabel(summary));
    layout->addWidget(lines, 1);
    layout->addWidget(buttons);
    resize(fontMetrics().averageCharWidth() * 85, fontMetrics().height() * 24);
    lines->setFocus();
}
