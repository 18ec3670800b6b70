// SPDX-License-Identifier: MIT
#ifndef FINDBAR_H
#define FINDBAR_H

#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QLabel;
class QLineEdit;
QT_END_NAMESPACE

// What is searched for, with buttons for the next and the previous match. Escape hides it.
class FindBar : public QWidget
{
    Q_OBJECT

public:
    enum Result { Nothing, Found, FoundFromStart, NotFound };

    explicit FindBar(QWidget *parent = nullptr);

    QString text() const;
    void open();
    void showResult(Result result);

Q_SIGNALS:
    void textChanged(const QString &text);
    void nextRequested();
    void previousRequested();
    void closed();

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void closeBar();

    QLineEdit *m_text;
    QLabel *m_result;
};

#endif // FINDBAR_H
