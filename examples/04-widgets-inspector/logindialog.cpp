// SPDX-License-Identifier: MIT
#include "logindialog.h"

#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>

LoginDialog::LoginDialog(const QString &place, const QString &realm, const QString &user, QWidget *parent)
    : QDialog(parent), m_user(new QLineEdit(user)), m_password(new QLineEdit)
{
    setWindowTitle(tr("Log In"));
    auto *text = new QLabel(realm.isEmpty()
                                ? tr("%1 asks for a name and a password.").arg(place)
                                : tr("%1 asks for a name and a password: \u201c%2\u201d").arg(place, realm));
    text->setTextFormat(Qt::PlainText); // a realm is the text of a stranger
    text->setWordWrap(true);
    m_user->setObjectName(QStringLiteral("user"));
    m_password->setObjectName(QStringLiteral("password"));
    m_password->setEchoMode(QLineEdit::Password);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    QPushButton *button = buttons->addButton(tr("&Log In"), QDialogButtonBox::AcceptRole);
    button->setObjectName(QStringLiteral("logInButton"));
    button->setDefault(true);
    button->setEnabled(!user.isEmpty());
    connect(m_user, &QLineEdit::textChanged, button,
            [button](const QString &name) { button->setEnabled(!name.isEmpty()); });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto *form = new QFormLayout(this);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(text);
    form->addRow(tr("&Name:"), m_user);
    form->addRow(tr("&Password:"), m_password);
    form->addRow(buttons);
    (user.isEmpty() ? m_user : m_password)->setFocus();
}

QString LoginDialog::user() const
{
    return m_user->text();
}

QString LoginDialog::password() const
{
    return m_password->text();
}
