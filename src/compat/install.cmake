# What `cmake --install` puts down for programs written for Qt WebSockets: the library, its headers in folders like those
# of Qt, the component Compat of the CMake package, the pkg-config file and the module for qmake. The variables are those
# of the library's own rules.
if(APPLE)
    set(origin @loader_path)
else()
    set(origin $ORIGIN)
endif()
set_target_properties(WsKitCompat PROPERTIES INSTALL_RPATH ${origin})
foreach(dir WsKitCompat WsKitCompat/QtWebSockets)
    target_include_directories(WsKitCompat PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/${dir}>)
endforeach()
install(TARGETS WsKitCompat EXPORT WsKitCompatTargets
    RUNTIME COMPONENT Compat
    LIBRARY COMPONENT Compat NAMELINK_COMPONENT Development
    ARCHIVE COMPONENT Development)
install(DIRECTORY ${compat_include_dir} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development)
install(EXPORT WsKitCompatTargets NAMESPACE WsKit:: DESTINATION ${package_dir} COMPONENT Development)
configure_file(WsKitCompat.pc.in WsKitCompat.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/WsKitCompat.pc DESTINATION ${pkgconfig_dir} COMPONENT Development)
if(BUILD_SHARED_LIBS)
    configure_file(qt_lib_wskitcompat.pri.in qt_lib_wskitcompat.pri @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qt_lib_wskitcompat.pri DESTINATION ${pri_dir} COMPONENT Development)
endif()
