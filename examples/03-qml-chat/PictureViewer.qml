// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic

// A picture as large as the window allows.
Popup {
    id: viewer

    property alias source: image.source

    anchors.centerIn: parent
    modal: true
    padding: 0
    background: null

    Image {
        id: image
        readonly property real factor: Math.min(1, viewer.parent ? (viewer.parent.width - 24) / Math.max(1, implicitWidth) : 1,
                                                viewer.parent ? (viewer.parent.height - 24) / Math.max(1, implicitHeight) : 1)
        width: implicitWidth * factor
        height: implicitHeight * factor
        fillMode: Image.PreserveAspectFit
        mipmap: true
        TapHandler {
            onTapped: viewer.close()
        }
    }

    function show(picture) {
        source = picture;
        open();
    }
}
