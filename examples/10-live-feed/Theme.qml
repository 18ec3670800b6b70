// SPDX-License-Identifier: MIT
pragma Singleton
import QtQuick

// The colours, light and dark. They are those of the page.
QtObject {
    id: theme

    property string choice: "system" // or "light" or "dark"
    readonly property bool isDark: choice === "dark" || (choice === "system" && isSystemDark)
    readonly property bool isSystemDark: system.window.hslLightness < 0.5
    readonly property SystemPalette system: SystemPalette {}

    readonly property color page: isDark ? "#12131a" : "#f2f2f7"
    readonly property color panel: isDark ? "#1a1c26" : "#ffffff"
    readonly property color text: isDark ? "#e8e9f1" : "#1a1b26"
    readonly property color muted: isDark ? "#989bb0" : "#63667a"
    readonly property color line: isDark ? "#2e3140" : "#dedfe9"
    readonly property color accent: isDark ? "#8f9bff" : "#4a56c6"
    readonly property color accentStrong: isDark ? "#b0b8ff" : "#37429f"
    readonly property color accentText: isDark ? "#10122b" : "#ffffff"
    readonly property color bubble: isDark ? "#23252f" : "#ffffff"
    readonly property color own: isDark ? "#2d3264" : "#e0e3fb"
    readonly property color good: isDark ? "#3fcf86" : "#1d9a5b"
    readonly property color bad: isDark ? "#f0766c" : "#c63f35"
    readonly property color notice: isDark ? "#3b2f14" : "#fdf1d7"
    readonly property color noticeText: isDark ? "#f6dfae" : "#5c3d00"

    // From 0 to 1, the same as on the page.
    function hue(name) {
        let hash = 7;
        for (const character of name)
            hash = (hash * 31 + character.codePointAt(0)) % 100003;
        return hash * 137.508 % 360 / 360;
    }

    function ofName(name) {
        return Qt.hsla(hue(name), 0.45, isDark ? 0.70 : 0.38, 1);
    }
}
