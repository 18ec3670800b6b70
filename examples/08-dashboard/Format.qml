// SPDX-License-Identifier: MIT
pragma Singleton
import QtQuick

// Numbers as they are shown. What is not known is a dash.
QtObject {
    readonly property string none: "–"

    function text(value, kind) {
        switch (kind) {
        case "count": return count(value);
        case "bytes": return bytes(value);
        case "bytesPerSecond": return bytesPerSecond(value);
        case "perSecond": return perSecond(value);
        case "seconds": return seconds(value);
        }
        return number(value);
    }

    function digits(value) {
        return value === Math.round(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
    }

    function scaled(value, step, units) {
        let unit = 0;
        while (value >= step && unit < units.length - 1) {
            value /= step;
            unit += 1;
        }
        const text = value.toFixed(digits(value));
        return units[unit] === "" ? text : text + "\u00a0" + units[unit];
    }

    function number(value) {
        if (!isFinite(value))
            return none;
        return value < 10000 ? value.toFixed(digits(value)) : scaled(value, 1000, ["", "k", "M", "G", "T"]);
    }

    function count(value) {
        return isFinite(value) ? value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, "\u202f") : none;
    }

    function bytes(value) {
        return isFinite(value) ? scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]) : none;
    }

    function bytesPerSecond(value) {
        return isFinite(value) ? bytes(value) + "/s" : none;
    }

    function perSecond(value) {
        return isFinite(value) ? number(value) + "/s" : none;
    }

    function seconds(value) {
        if (!isFinite(value))
            return none;
        return value >= 1 ? scaled(value, 1e9, ["s"]) : scaled(value * 1e6, 1000, ["µs", "ms"]);
    }
}
