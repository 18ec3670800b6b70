import QtQuick
import WsKit

Window {
    id: window

    property string received

    width: 480
    height: 320
    visible: true
    title: "%{ProjectName}"

    WsServer {
        id: server
        port: %{Port}
        listening: true
        onNewConnection: connection => connection.messageReceived.connect(message => connection.send(message))
        onErrorOccurred: error => console.warn(error.text)
    }
    WsClient {
        id: client
        url: server.url
        active: server.listening
        onOpened: console.info("connected to", client.url)
        onTextMessageReceived: text => window.received = text
        onErrorOccurred: error => console.warn(error.text)
    }
    Column {
        anchors.centerIn: parent
        spacing: 16

        Text {
            text: client.state === Ws.Open ? qsTr("Connected. Type, and press Enter:") : qsTr("Not connected")
        }
        Rectangle {
            width: 320
            height: input.implicitHeight + 16
            border.color: "gray"

            TextInput {
                id: input
                anchors.fill: parent
                anchors.margins: 8
                focus: true
                clip: true
                onAccepted: {
                    client.send(text);
                    clear();
                }
            }
        }
        Text {
            text: window.received === "" ? "" : qsTr("The server sent back: %1").arg(window.received)
        }
    }
}
