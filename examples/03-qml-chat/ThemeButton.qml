// SPDX-License-Identifier: MIT
import QtQuick

IconButton {
    readonly property string sun: "M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2"
        + "M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
    readonly property string moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"

    path: Theme.isDark ? sun : moon
    label: Theme.isDark ? qsTr("Light colours") : qsTr("Dark colours")
    onClicked: Theme.toggle()
}
