// SPDX-License-Identifier: MIT
#ifndef WSMESSAGERANGE_H
#define WSMESSAGERANGE_H

#include <WsKit/wsmessage.h>

#include <QtCore/qpointer.h>

#include <cstddef>
#include <iterator>
#include <optional>

class WsConnection;

class WSKIT_EXPORT WsMessageRange
{
public:
    class WSKIT_EXPORT Iterator
    {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = WsMessage;
        using difference_type = std::ptrdiff_t;
        using pointer = const WsMessage *;
        using reference = const WsMessage &;

        Iterator() = default;

        reference operator*() const { return *m_message; }
        pointer operator->() const { return &*m_message; }
        Iterator &operator++()
        {
            wait();
            return *this;
        }
        Iterator operator++(int)
        {
            Iterator before(*this);
            wait();
            return before;
        }

        friend bool operator==(const Iterator &a, const Iterator &b)
        {
            return a.m_message.has_value() == b.m_message.has_value();
        }
        friend bool operator!=(const Iterator &a, const Iterator &b) { return !(a == b); }

    private:
        friend class WsMessageRange;

        explicit Iterator(const QPointer<WsConnection> &connection) : m_connection(connection) { wait(); }
        void wait();

        QPointer<WsConnection> m_connection;
        std::optional<WsMessage> m_message; // none at the end
    };

    Iterator begin() const { return Iterator(m_connection); }
    Iterator end() const { return {}; }

private:
    friend class WsConnection;

    explicit WsMessageRange(WsConnection *connection);

    QPointer<WsConnection> m_connection;
};

#endif // WSMESSAGERANGE_H
