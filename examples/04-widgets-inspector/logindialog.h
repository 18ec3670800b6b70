// SPDX-License-Identifier: MIT
#ifndef LOGINDIALOG_H
#define LOGINDIALOG_H

#include <QtWidgets/QDialog>

QT_BEGIN_NAMESPACE
class QLineEdit;
QT_END_NAMESPACE

// Asks for a name and a password.
class LoginDialog : public QDialog
{
    Q_OBJECT

public:
    // `place` is who asks: a server or a proxy.
    LoginDialog(const QString &place, const QString &realm, const QString &user, QWidget *parent = nullptr);

    QString user() const;
    QString password() const;

private:
    QLineEdit *m_user;
    QLineEdit *m_password;
};

#endif // LOGINDIALOG_H
