// SPDX-License-Identifier: MIT
import QtQuick

Text {
    property bool isFailure: false

    topPadding: 8
    bottomPadding: 2
    color: isFailure ? Theme.bad : Theme.muted
    font.pixelSize: 13
    horizontalAlignment: Text.AlignHCenter
    wrapMode: Text.Wrap
    textFormat: Text.PlainText
}
