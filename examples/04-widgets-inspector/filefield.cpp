// SPDX-License-Identifier: MIT
#include "filefield.h"

#include <QtCore/QDir>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QToolButton>

FileField::FileField(const QString &filter, QWidget *parent)
    : QWidget(parent), m_edit(new QLineEdit), m_filter(filter)
{
    auto *button = new QToolButton;
    button->setText(QStringLiteral("\u2026"));
    button->setToolTip(tr("Choose a file"));
    button->setAccessibleName(button->toolTip());
    button->setFocusPolicy(Qt::TabFocus);
    connect(button, &QToolButton::clicked, this, &FileField::choose);
    m_edit->setClearButtonEnabled(true);

    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(m_edit);
    layout->addWidget(button);
    setFocusProxy(m_edit);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QString FileField::fileName() const
{
    return QDir::fromNativeSeparators(m_edit->text().trimmed());
}

void FileField::setFileName(const QString &fileName)
{
    m_edit->setText(QDir::toNativeSeparators(fileName));
}

void FileField::setPlaceholderText(const QString &text)
{
    m_edit->setPlaceholderText(text);
}

void FileField::choose()
{
    auto *dialog = new QFileDialog(this, QString(), fileName(), m_filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &FileField::setFileName);
    dialog->open();
}
