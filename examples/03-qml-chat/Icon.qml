// SPDX-License-Identifier: MIT
import QtQuick

// An SVG path, drawn as lines in a square of 24 units.
Canvas {
    id: icon

    property string path: ""
    property color color: "black"

    implicitWidth: 22
    implicitHeight: 22
    onColorChanged: requestPaint()
    onPathChanged: requestPaint()
    onPaint: {
        const context = getContext("2d");
        context.reset();
        context.scale(width / 24, height / 24);
        context.strokeStyle = color;
        context.lineWidth = 1.9;
        context.lineCap = "round";
        context.lineJoin = "round";
        context.path = path;
        context.stroke();
    }
}
