// SPDX-License-Identifier: MIT
import QtQuick

// The last two minutes of some figures, the newest at the right. It is drawn when they change, once a second.
Canvas {
    id: chart

    property var histories: [] // lists of numbers; NaN is a gap
    property var colors: []
    property string kind: "number"
    readonly property int base: kind.startsWith("bytes") ? 1024 : 10
    readonly property int length: 120
    readonly property real peak: largest()

    implicitHeight: 56
    onHistoriesChanged: requestPaint()
    onColorsChanged: requestPaint()
    onWidthChanged: requestPaint()
    onHeightChanged: requestPaint()
    onPaint: {
        const context = getContext("2d");
        context.reset();
        drawGrid(context);
        for (let i = 0; i < histories.length; ++i)
            drawLine(context, histories[i], colors[i]);
    }

    // The next of 1, 2, 5, 10 and so on, so that the scale rarely changes.
    function largest() {
        let most = 1;
        for (const history of histories) {
            for (const value of history)
                most = value > most ? value : most;
        }
        // Bytes are shown in KiB and MiB.
        const unit = base === 10 ? 1 : Math.pow(base, Math.floor(Math.log(most) / Math.log(base)));
        const power = unit * Math.pow(10, Math.floor(Math.log(most / unit) / Math.LN10));
        for (const step of [1, 2, 5, 10]) {
            if (most <= step * power)
                return step * power;
        }
        return most;
    }

    function drawGrid(context) {
        context.strokeStyle = Theme.line;
        context.lineWidth = 1;
        for (const y of [0.5, Math.round(height / 2) - 0.5, height - 0.5]) {
            context.beginPath();
            context.moveTo(0, y);
            context.lineTo(width, y);
            context.stroke();
        }
    }

    function drawLine(context, history, color) {
        context.strokeStyle = color;
        context.lineWidth = 1.8;
        context.lineJoin = "round";
        context.beginPath();
        let isDown = false;
        for (let i = 0; i < history.length; ++i) {
            if (!isFinite(history[i])) {
                isDown = false;
                continue;
            }
            const x = width - (history.length - 1 - i) * width / (length - 1);
            const y = 2 + (height - 4) * (1 - history[i] / peak);
            if (isDown)
                context.lineTo(x, y);
            else
                context.moveTo(x, y);
            isDown = true;
        }
        context.stroke();
    }

    Text {
        text: Format.text(chart.peak, chart.kind)
        color: Theme.muted
        font.pixelSize: 10
        topPadding: 2
        Accessible.ignored: true
    }
}
