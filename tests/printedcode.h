// SPDX-License-Identifier: MIT
#ifndef PRINTEDCODE_H
#define PRINTEDCODE_H

#include <QtCore/qbytearray.h>
#include <QtCore/qfile.h>
#include <QtCore/qstring.h>

// What a page of the documentation prints as code (\badcode), without the indentation of the page, so that
// tests can try it. Empty if there is no such block.
class PrintedCode
{
public:
    explicit PrintedCode(const QString &pagePath)
    {
        QFile file(pagePath);
        if (file.open(QIODevice::ReadOnly))
            m_page = file.readAll();
    }

    // The first block of the section with this level and title: "1 nginx".
    QByteArray inSection(const QByteArray &section) const
    {
        const qsizetype at = m_page.indexOf("\\section" + section + '\n');
        return at < 0 ? QByteArray() : blockFrom(at);
    }

    // The block with this first line.
    QByteArray beginningWith(const QByteArray &line) const
    {
        const qsizetype at = m_page.indexOf(Begin + ("    " + line + '\n'));
        return at < 0 ? QByteArray() : blockFrom(at);
    }

private:
    static constexpr char Begin[] = "    \\badcode\n";

    QByteArray blockFrom(qsizetype at) const
    {
        const qsizetype begin = m_page.indexOf(Begin, at);
        const qsizetype end = m_page.indexOf("    \\endcode", begin);
        if (begin < 0 || end < 0)
            return {};
        const qsizetype codeAt = begin + qsizetype(sizeof Begin) - 1;
        QByteArray block = '\n' + m_page.sliced(codeAt, end - codeAt);
        return block.replace("\n    ", "\n").trimmed() + '\n';
    }

    QByteArray m_page;
};

#endif // PRINTEDCODE_H
