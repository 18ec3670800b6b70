// SPDX-License-Identifier: MIT
#ifndef CLOSEDIALOG_H
#define CLOSEDIALOG_H

#include <QtWidgets/QDialog>

QT_BEGIN_NAMESPACE
class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
QT_END_NAMESPACE

// Asks for the code and the reason of a Close frame.
class CloseDialog : public QDialog
{
    Q_OBJECT

public:
    explicit CloseDialog(QWidget *parent = nullptr);

    quint16 code() const;
    QString reason() const;

private:
    void check();

    QComboBox *m_code;
    QLineEdit *m_reason;
    QLabel *m_problem;
    QDialogButtonBox *m_buttons;
};

#endif // CLOSEDIALOG_H
