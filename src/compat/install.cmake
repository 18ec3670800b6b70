# What `cmake --install` puts down for programs written for Qt WebSockets: the library, its headers in folders like those
# of Qt, the component Compat of the CMake package, the pkg-config file and the module for qmake. The variables are those
# of the library's own rules.
foreach(dir WsKitCompat WsKitCompat/QtWebSockets)
    target_include_directories(WsKitCompat PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/${dir}>)
endforeach()
wskit_install_library(WsKitCompat Compat)
install(DIRECTORY ${compat_include_dir} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development)
if(BUILD_SHARED_LIBS)
    configure_file(qt_lib_wskitcompat.pri.in qt_lib_wskitcompat.pri @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qt_lib_wskitcompat.pri DESTINATION ${pri_dir} COMPONENT Development)
endif()
