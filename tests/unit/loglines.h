// SPDX-License-Identifier: MIT
#ifndef LOGLINES_H
#define LOGLINES_H

#include <QtCore/qloggingcategory.h>
#include <QtCore/qstringlist.h>

// Collects what is logged in one category as long as it lives, from \a level on, instead of showing it. One
// at a time.
class LogLines
{
public:
    explicit LogLines(const char *category, QtMsgType level = QtDebugMsg)
    {
        s_category = category;
        s_lines.clear();
        if (level == QtDebugMsg)
            QLoggingCategory::setFilterRules(QLatin1String(category) + QLatin1String("=true"));
        m_previous = qInstallMessageHandler(&collect);
    }
    ~LogLines()
    {
        qInstallMessageHandler(m_previous);
        QLoggingCategory::setFilterRules({});
    }
    Q_DISABLE_COPY_MOVE(LogLines)

    static const QStringList &all() { return s_lines; }

private:
    static void collect(QtMsgType, const QMessageLogContext &context, const QString &text)
    {
        if (qstrcmp(context.category, s_category) == 0)
            s_lines.append(text);
    }

    static inline const char *s_category = nullptr;
    static inline QStringList s_lines;
    QtMessageHandler m_previous = nullptr;
};

#endif // LOGLINES_H
