// SPDX-License-Identifier: MIT
pragma Singleton
import QtQuick

// The colours, light and dark.
QtObject {
    id: theme

    property string choice: "system" // or "light" or "dark"
    readonly property bool isDark: choice === "dark" || (choice === "system" && isSystemDark)
    readonly property bool isSystemDark: system.window.hslLightness < 0.5
    readonly property SystemPalette system: SystemPalette {}

    readonly property color page: isDark ? "#101418" : "#f1f4f7"
    readonly property color panel: isDark ? "#181d23" : "#ffffff"
    readonly property color text: isDark ? "#e6ebf0" : "#17202a"
    readonly property color muted: isDark ? "#94a1ae" : "#5b6875"
    readonly property color line: isDark ? "#2b343d" : "#d9e0e7"
    readonly property color accent: isDark ? "#5ea8ff" : "#1464c8"
    readonly property color accentStrong: isDark ? "#86bdff" : "#0e4fa3"
    readonly property color accentText: isDark ? "#06203f" : "#ffffff"
    readonly property color second: isDark ? "#3fcf86" : "#178250"
    readonly property color warning: isDark ? "#e7b04a" : "#a86a00"
    readonly property color good: isDark ? "#3fcf86" : "#1d9a5b"
    readonly property color idle: isDark ? "#6d7984" : "#98a3ae"
    readonly property color notice: isDark ? "#3b2f14" : "#fdf1d7"
    readonly property color noticeText: isDark ? "#f6dfae" : "#5c3d00"
}
