// SPDX-License-Identifier: MIT
import QtQuick
import WsKit

Item {
    //! [server]
    WsServer {
        id: server
        host: "127.0.0.1"
        port: 8080
        listening: true
        options.maxMessageSize: 65536
        options.pingInterval: 30000 // milliseconds
        compression.enabled: true
        allowedOrigins: ["https://example.com"]
        requestHandler: request => request.path === "/chat" ? Ws.accept() : Ws.notFound()
        onNewConnection: connection =>
            connection.textMessageReceived.connect(text => server.broadcast(text))
        onErrorOccurred: error => console.warn(error.text)
    }
    //! [server]
    //! [tls]
    WsClient {
        id: client
        url: "wss://printer.local"
        caFile: Qt.resolvedUrl("ca.crt")
        pauseOnSslErrors: true
        onSslErrors: client.abort() // or ask the user, and then call continueOpening(true)
    }
    //! [tls]
    //! [pause]
    WsClient {
        id: feed
        onTextMessageReceived: text => {
            paused = true // until the animation that shows the text has finished
            animation.start()
        }
    }
    SequentialAnimation {
        id: animation
        onFinished: feed.paused = false
    }
    //! [pause]
}
