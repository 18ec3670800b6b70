# What `cmake --install` puts down for web channels: the library, its headers, the component WebChannel of the CMake
# package and the pkg-config file. The variables are those of the library's own rules.
wskit_install_library(WsKitWebChannel WebChannel)
install(FILES
        ${headers}
        ${include_dir}/WsKit/WsWebChannelServer
        ${include_dir}/WsKit/WsWebChannelTransport
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/WsKit
    COMPONENT Development)
