// SPDX-License-Identifier: MIT
#ifndef DIFFDIALOG_H
#define DIFFDIALOG_H

#include <QtWidgets/QDialog>

struct LogEntry;

// The differences between two messages, line by line.
class DiffDialog : public QDialog
{
    Q_OBJECT

public:
    DiffDialog(const LogEntry &before, const LogEntry &after, QWidget *parent = nullptr);
};

#endif // DIFFDIALOG_H
