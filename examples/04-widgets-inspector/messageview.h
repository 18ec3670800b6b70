// SPDX-License-Identifier: MIT
#ifndef MESSAGEVIEW_H
#define MESSAGEVIEW_H

#include "logentry.h"

#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QToolButton;
QT_END_NAMESPACE

// The complete selected message: as text, as indented JSON or a part of it, or in hexadecimal.
class MessageView : public QWidget
{
    Q_OBJECT

public:
    enum Format { Automatic, Text, Json, Hex };

    explicit MessageView(QWidget *parent = nullptr);

    void show(const LogEntry &entry);
    void clear();
    Format format() const;
    void setFormat(Format format);
    void highlight(const QString &text);
    void focusContent();
    void focusPath();

private:
    void createBar();
    void createContent();
    void render();
    QByteArray shownBytes() const;
    QString renderedText(Format shown) const;
    QString renderedJson(const QByteArray &json) const;
    void markMatches();
    QString summary() const;
    Format fittingFormat() const;
    void savePayload();
    void writePayload(const QString &fileName);

    LogEntry m_entry;
    QLabel *m_summary;
    QComboBox *m_format;
    QToolButton *m_save;
    QLineEdit *m_path;
    QPlainTextEdit *m_content;
    QString m_searched;
};

#endif // MESSAGEVIEW_H
