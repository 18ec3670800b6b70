// SPDX-License-Identifier: MIT
#include "closedialog.h"

#include <WsKit/Ws>

#include <QtWidgets/QComboBox>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>

namespace {
constexpr int MaximumReasonBytes = 123; // RFC 6455 §5.5: 125 in a control frame, minus two for the code

bool mayBeSent(quint16 code)
{
    const bool isDefined = code >= 1000 && code <= 1014;
    const bool isForNobody = code == 1004 || code == Ws::NoStatus || code == Ws::Abnormal;
    return (isDefined && !isForNobody) || (code >= 3000 && code <= 4999);
}
} // namespace

CloseDialog::CloseDialog(QWidget *parent)
    : QDialog(parent), m_code(new QComboBox), m_reason(new QLineEdit), m_problem(new QLabel)
{
    setWindowTitle(tr("Close with Code"));
    m_code->setEditable(true);
    m_code->setInsertPolicy(QComboBox::NoInsert);
    m_code->addItem(tr("1000 normal"));
    m_code->addItem(tr("1001 going away"));
    m_code->addItem(tr("1002 protocol error"));
    m_code->addItem(tr("1003 unsupported data"));
    m_code->addItem(tr("1007 invalid payload"));
    m_code->addItem(tr("1008 policy violation"));
    m_code->addItem(tr("1009 message too big"));
    m_code->addItem(tr("1011 internal error"));
    m_code->addItem(tr("4000 of the application"));
    m_reason->setObjectName(QStringLiteral("reason"));
    m_problem->setWordWrap(true);
    m_buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_buttons->addButton(tr("C&lose"), QDialogButtonBox::AcceptRole)
        ->setObjectName(QStringLiteral("closeButton"));
    connect(m_buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_code, &QComboBox::editTextChanged, this, &CloseDialog::check);
    connect(m_reason, &QLineEdit::textChanged, this, &CloseDialog::check);

    auto *form = new QFormLayout(this);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("&Code:"), m_code);
    form->addRow(tr("&Reason:"), m_reason);
    form->addRow(m_problem);
    form->addRow(m_buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 60);
    check();
}

quint16 CloseDialog::code() const
{
    return m_code->currentText().section(u' ', 0, 0, QString::SectionSkipEmpty).toUShort();
}

QString CloseDialog::reason() const
{
    return m_reason->text();
}

void CloseDialog::check()
{
    const qsizetype bytes = reason().toUtf8().size();
    QString problem;
    if (!mayBeSent(code()))
        problem =
            tr("The code has to be one that may be sent: 1000 to 1014 but 1004 to 1006, or 3000 to 4999.");
    else if (bytes > MaximumReasonBytes)
        problem = tr("The reason is too long: %1 of %2 bytes.").arg(bytes).arg(MaximumReasonBytes);
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    for (QAbstractButton *button : m_buttons->buttons()) {
        if (m_buttons->buttonRole(button) == QDialogButtonBox::AcceptRole)
            button->setEnabled(problem.isEmpty());
    }
}
