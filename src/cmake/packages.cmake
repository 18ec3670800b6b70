# The Debian packages, one for each component of the installation. The target package makes them in the build
# directory; the preset package configures everything that they contain.
#
# A package is named after the library in it and that library's number, so that programs built against different
# numbers can be installed side by side.
set(WSKIT_PACKAGE_MAINTAINER "WsKit maintainers <maintainers@wskit.example>"
    CACHE STRING "Who makes the Debian packages, with a mail address")
# Sorts before 1, the first revision of a package in Debian itself.
set(WSKIT_PACKAGE_REVISION 0.1 CACHE STRING "The revision of the Debian packages of one version")

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PACKAGE_CONTACT "${WSKIT_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # CPack would put one line above all descriptions
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${WSKIT_PACKAGE_REVISION})
set(CPACK_DEBIAN_PACKAGE_SOURCE wskit)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src ${PROJECT_BINARY_DIR}/qml)
foreach(part webchannel redis compat)
    if(EXISTS ${PROJECT_BINARY_DIR}/src/${part})
        list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src/${part})
    endif()
endforeach()
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# What Debian wants beside the files of the installation.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/src/cmake/debianfiles.cmake)
set(CPACK_WSKIT_DEBIAN_DIR ${PROJECT_SOURCE_DIR}/src/packaging/debian)
set(CPACK_WSKIT_EXAMPLES_DIR ${WSKIT_INSTALL_EXAMPLESDIR}/wskit)
set(CPACK_WSKIT_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)

set(package_version ${PROJECT_VERSION}-${WSKIT_PACKAGE_REVISION})
set(qt_version 6.4)
set(about "WsKit is a WebSocket library for Qt 6: servers and clients with back-pressure,
compression, limits that are safe on a public port, and messages of any size.")

# wskit_add_package(<component> <package> SECTION <section> SUMMARY <line> DESCRIPTION <text> [ARCHITECTURE <name>]
#     [LIBRARY <target>] [DEPENDS|RECOMMENDS|SUGGESTS <package>...])
# LIBRARY: the package contains this shared library, for others to link.
function(wskit_add_package component package)
    set(relations DEPENDS RECOMMENDS SUGGESTS)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "SECTION;SUMMARY;DESCRIPTION;ARCHITECTURE;LIBRARY" "${relations}")
    string(TOUPPER ${component} key)
    set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${package} PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${arg_SECTION} PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_DESCRIPTION "${arg_SUMMARY}\n${about}\n\n${arg_DESCRIPTION}" PARENT_SCOPE)
    foreach(relation IN LISTS relations)
        list(JOIN arg_${relation} ", " packages)
        set(CPACK_DEBIAN_${key}_PACKAGE_${relation} "${packages}" PARENT_SCOPE)
    endforeach()
    if(arg_ARCHITECTURE)
        set(CPACK_DEBIAN_${key}_PACKAGE_ARCHITECTURE ${arg_ARCHITECTURE} PARENT_SCOPE)
    endif()
    if(arg_LIBRARY)
        set(control_dir ${PROJECT_BINARY_DIR}/src/debian/${package})
        file(WRITE ${control_dir}/triggers "activate-noawait ldconfig\n")
        file(WRITE ${control_dir}/shlibs
            "lib${arg_LIBRARY} ${WSKIT_SOVERSION} ${package} (>= ${PROJECT_VERSION})\n")
        set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA ${control_dir}/triggers ${control_dir}/shlibs PARENT_SCOPE)
        set(CPACK_DEBIAN_${key}_PACKAGE_MULTIARCH same PARENT_SCOPE) # by CMake 3.26 and newer
    endif()
    set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()

set(libwskit libwskit${WSKIT_SOVERSION})
set(libwskit_webchannel libwskit-webchannel${WSKIT_SOVERSION})
set(libwskit_redis libwskit-redis${WSKIT_SOVERSION})
set(libwskit_compat libwskit-compat${WSKIT_SOVERSION})
set(CPACK_COMPONENTS_ALL "")
set(linked "${libwskit} (= ${package_version})")

wskit_add_package(Runtime ${libwskit} LIBRARY WsKit
    SECTION libs
    SUMMARY "WebSockets for Qt 6: the library"
    DESCRIPTION "This package contains the library that programs are linked to.")
if(TARGET WsKitQml)
    list(APPEND linked "qml6-module-wskit (= ${package_version})")
    # QtQml itself imports the last two, and Debian's package of it does not depend on them.
    set(qml_needs "${libwskit} (= ${package_version})"
        qml6-module-qtqml qml6-module-qtqml-models qml6-module-qtqml-workerscript)
    if(TARGET WsKitWebChannelQml) # the module WsKit.WebChannel
        list(APPEND qml_needs "${libwskit_webchannel} (= ${package_version})" qml6-module-qtwebchannel)
    endif()
    if(TARGET WsKitCompatQml) # the module WsKit.Compat
        list(APPEND qml_needs "${libwskit_compat} (= ${package_version})")
    endif()
    wskit_add_package(Qml qml6-module-wskit LIBRARY WsKitQml
        SECTION libs
        SUMMARY "WebSockets for Qt 6: the QML module"
        DESCRIPTION "This package contains what a QML program needs for \"import WsKit\"."
        DEPENDS ${qml_needs})
endif()
if(TARGET WsKitWebChannel)
    list(APPEND linked "${libwskit_webchannel} (= ${package_version})")
    wskit_add_package(WebChannel ${libwskit_webchannel} LIBRARY WsKitWebChannel
        SECTION libs
        SUMMARY "WebSockets for Qt 6: the transport for Qt WebChannel"
        DESCRIPTION "This package contains the library that connects Qt WebChannel to web pages
and other clients."
        DEPENDS "${libwskit} (= ${package_version})")
endif()
if(TARGET WsKitRedis)
    list(APPEND linked "${libwskit_redis} (= ${package_version})")
    wskit_add_package(Redis ${libwskit_redis} LIBRARY WsKitRedis
        SECTION libs
        SUMMARY "WebSockets for Qt 6: topics over Redis"
        DESCRIPTION "This package contains the library that connects the topics of several
servers over Redis."
        DEPENDS "${libwskit} (= ${package_version})")
endif()
if(TARGET WsKitCompat)
    list(APPEND linked "${libwskit_compat} (= ${package_version})")
    wskit_add_package(Compat ${libwskit_compat} LIBRARY WsKitCompat
        SECTION libs
        SUMMARY "WebSockets for Qt 6: the classes of Qt WebSockets"
        DESCRIPTION "This package contains the library for programs that were written for
Qt WebSockets: QWebSocket and QWebSocketServer on WsKit."
        DEPENDS "${libwskit} (= ${package_version})")
endif()
wskit_add_package(Development libwskit-dev
    SECTION libdevel
    SUMMARY "WebSockets for Qt 6: development files"
    DESCRIPTION "This package contains the headers and what CMake, pkg-config and qmake need
to build programs. Programs in C++ need nothing else; programs that link
WsKit::Qml also need qt6-declarative-dev, and those that link
WsKit::WebChannel qt6-webchannel-dev. Only static libraries of WsKit::Redis
need libhiredis-dev."
    DEPENDS ${linked} "qt6-base-dev (>= ${qt_version})"
    RECOMMENDS "qt6-declarative-dev (>= ${qt_version})"
    SUGGESTS wskit-doc wskit-examples qt6-webchannel-dev libhiredis-dev)
if(TARGET wskit)
    wskit_add_package(Tools wskit-tools
        SECTION net
        SUMMARY "command-line tool and inspector for WebSockets"
        DESCRIPTION "This package contains wskit, which talks to servers and clients from a
terminal and measures servers, and wskit-inspector, a window that shows
every message of a connection."
        DEPENDS "${libwskit} (>= ${PROJECT_VERSION})")
endif()
wskit_add_package(Examples wskit-examples
    SECTION doc # and not for all architectures, for they are in the folder of Qt's examples, where Qt Creator looks
    SUMMARY "WebSockets for Qt 6: sources of examples"
    DESCRIPTION "This package contains the sources of programs that show how to use WsKit.
Each folder can be copied together with its neighbours and built with CMake."
    RECOMMENDS libwskit-dev)
if(WSKIT_BUILD_DOCS AND TARGET docs)
    wskit_add_package(Documentation wskit-doc
        SECTION doc
        ARCHITECTURE all
        SUMMARY "WebSockets for Qt 6: reference and guides"
        DESCRIPTION "This package contains the documentation as HTML, and as a file for the help
of Qt Creator."
        SUGGESTS libwskit-dev)
endif()

set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
