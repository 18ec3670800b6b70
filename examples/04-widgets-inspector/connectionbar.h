// SPDX-License-Identifier: MIT
#ifndef CONNECTIONBAR_H
#define CONNECTIONBAR_H

#include <WsKit/Ws>

#include <QtCore/QUrl>
#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QComboBox;
class QLabel;
class QToolButton;
class QAction;
QT_END_NAMESPACE

// The URL with a list of earlier ones, the button that connects, and the state of the connection.
class ConnectionBar : public QWidget
{
    Q_OBJECT

public:
    explicit ConnectionBar(QAction *connectAction, QWidget *parent = nullptr);

    QUrl url() const;
    void setUrl(const QString &url);
    void setHistory(const QStringList &urls);
    void focusUrl();
    // `isWaiting`: closed, but about to connect again.
    void showState(Ws::State state, bool isWaiting, const QString &details);

Q_SIGNALS:
    void urlEntered();

private:
    QComboBox *m_url;
    QLabel *m_state;
};

#endif // CONNECTIONBAR_H
