# What `cmake --install` puts down for web channels: the library, its headers, the component WebChannel of the CMake
# package and the pkg-config file. The variables are those of the library's own rules.
if(APPLE)
    set(origin @loader_path)
else()
    set(origin $ORIGIN)
endif()
set_target_properties(WsKitWebChannel PROPERTIES INSTALL_RPATH ${origin})
install(TARGETS WsKitWebChannel EXPORT WsKitWebChannelTargets
    RUNTIME COMPONENT WebChannel
    LIBRARY COMPONENT WebChannel NAMELINK_COMPONENT Development
    ARCHIVE COMPONENT Development)
install(FILES
        ${headers}
        ${include_dir}/WsKit/WsWebChannelServer
        ${include_dir}/WsKit/WsWebChannelTransport
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/WsKit
    COMPONENT Development)
install(EXPORT WsKitWebChannelTargets NAMESPACE WsKit:: DESTINATION ${package_dir} COMPONENT Development)
configure_file(WsKitWebChannel.pc.in WsKitWebChannel.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/WsKitWebChannel.pc
    DESTINATION ${pkgconfig_dir}
    COMPONENT Development)
