// SPDX-License-Identifier: MIT
#ifndef FILEFIELD_H
#define FILEFIELD_H

#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QLineEdit;
QT_END_NAMESPACE

// A line edit for the name of a file, and a button to choose the file.
class FileField : public QWidget
{
    Q_OBJECT

public:
    explicit FileField(const QString &filter, QWidget *parent = nullptr);

    QString fileName() const;
    void setFileName(const QString &fileName);
    void setPlaceholderText(const QString &text);

private:
    void choose();

    QLineEdit *m_edit;
    QString m_filter;
};

#endif // FILEFIELD_H
