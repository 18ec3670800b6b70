// SPDX-License-Identifier: MIT
#ifndef SENDPANEL_H
#define SENDPANEL_H

#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QAction;
class QComboBox;
class QLabel;
class QPlainTextEdit;
QT_END_NAMESPACE

// The message to send: text, or JSON that is checked while it is typed.
class SendPanel : public QWidget
{
    Q_OBJECT

public:
    enum Type { Text, Json };

    SendPanel(QAction *sendAction, QAction *sendFileAction, QAction *pingAction, QWidget *parent = nullptr);

    QString text() const;
    void setText(const QString &text);
    Type type() const;
    void setType(Type type);
    bool isValid() const { return m_isValid; }
    void focusText();

Q_SIGNALS:
    void validityChanged();

protected:
    void changeEvent(QEvent *event) override;

private:
    void check();

    QPlainTextEdit *m_text;
    QComboBox *m_type;
    QLabel *m_problem;
    bool m_isValid = true;
};

#endif // SENDPANEL_H
