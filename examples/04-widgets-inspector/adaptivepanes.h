// SPDX-License-Identifier: MIT
#ifndef ADAPTIVEPANES_H
#define ADAPTIVEPANES_H

#include <QtCore/QSize>
#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QSplitter;
class QTabWidget;
QT_END_NAMESPACE

// The main widget, and tabs at its side. If there is no room for both, the main widget becomes the first tab.
class AdaptivePanes : public QWidget
{
    Q_OBJECT

public:
    AdaptivePanes(QWidget *main, const QString &title, QWidget *parent = nullptr);

    void addTab(QWidget *widget, const QString &title);
    bool isNarrow() const { return m_isNarrow; }
    // Where there is room for both, the main widget is in sight anyway.
    void showMain();
    void showTab(QWidget *widget);
    // Hides the side, or shows it again.
    void toggleSide();
    QByteArray saveState() const;
    void restoreState(const QByteArray &state);
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void setNarrow(bool narrow);

    QWidget *m_main;
    QString m_title;
    QSplitter *m_splitter;
    QTabWidget *m_tabs;
    QWidget *m_lastSide = nullptr; // that was current before the main widget
    bool m_isNarrow = false;
};

#endif // ADAPTIVEPANES_H
