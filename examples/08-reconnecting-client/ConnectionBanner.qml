// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Layouts

// A slim line that says that there is no connection, what is done about it and when; and, for a moment, that there is
// one again.
Rectangle {
    id: banner

    required property Client client
    property bool isBack: false
    readonly property bool isShown: client.isAway || isBack
    readonly property string text: message.text

    readonly property string what: client.wasOnline ? qsTr("Connection lost.") : qsTr("No connection yet.")

    function tryNow() {
        client.reconnectNow();
    }

    implicitHeight: isShown ? content.implicitHeight + 12 : 0
    clip: true
    color: isBack ? Theme.back : Theme.notice
    opacity: isShown ? 1 : 0
    visible: opacity > 0
    Behavior on implicitHeight {
        NumberAnimation { duration: 150; easing.type: Easing.OutCubic }
    }
    Behavior on opacity {
        NumberAnimation { duration: 400 }
    }
    Behavior on color {
        ColorAnimation { duration: 200 }
    }
    // Without the seconds, which a screen reader would read out again and again.
    Accessible.role: Accessible.AlertMessage
    Accessible.name: isBack ? message.text : qsTr("%1 Attempt %2.").arg(what).arg(client.attempt)

    Connections {
        target: banner.client
        function onBackOnline() {
            banner.isBack = true;
            moment.restart();
        }
        function onIsAwayChanged() {
            if (banner.client.isAway)
                banner.isBack = false;
        }
    }
    Timer {
        id: moment
        interval: 2500
        onTriggered: banner.isBack = false
    }

    RowLayout {
        id: content
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        anchors.margins: 6
        anchors.leftMargin: 16
        spacing: 12
        Text {
            id: message
            Layout.fillWidth: true
            wrapMode: Text.Wrap
            textFormat: Text.PlainText
            font.pixelSize: 14
            color: banner.isBack ? Theme.backText : Theme.noticeText
            // The last text stays while the banner fades.
            property string last: ""
            text: banner.isBack ? qsTr("Back online")
                : !banner.client.isAway ? last
                : banner.client.isTrying ? qsTr("%1 Trying again… (attempt\u00a0%2)").arg(banner.what).arg(banner.client.attempt)
                : qsTr("%1 Next attempt in\u00a0%2\u00a0s (attempt\u00a0%3)").arg(banner.what).arg(banner.client.secondsLeft)
                                                              .arg(banner.client.attempt)
            onTextChanged: text => last = text
        }
        TextButton {
            objectName: "tryNow"
            plainColor: Theme.noticeText
            opacity: banner.isBack ? 0 : enabled ? 1 : 0.45
            enabled: banner.client.isAway && !banner.client.isTrying
            text: qsTr("Try now")
            onClicked: banner.tryNow()
        }
    }
}
