# An overlay port that builds the checkout it is in: vcpkg install wskit --overlay-ports=src/packaging/vcpkg
# It contains the library for C++; the QML module has to be built from the sources.
cmake_path(SET SOURCE_PATH NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../../..")

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DWSKIT_BUILD_TESTS=OFF
        -DWSKIT_BUILD_EXAMPLES=OFF
        -DWSKIT_BUILD_QML=OFF
        -DWSKIT_BUILD_WEBCHANNEL=OFF
        -DWSKIT_BUILD_REDIS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME WsKit CONFIG_PATH lib/cmake/WsKit)
vcpkg_fixup_pkgconfig()
vcpkg_copy_pdbs()

file(REMOVE_RECURSE
    "${CURRENT_PACKAGES_DIR}/debug/include"
    "${CURRENT_PACKAGES_DIR}/debug/share"
    "${CURRENT_PACKAGES_DIR}/lib/qt6"
    "${CURRENT_PACKAGES_DIR}/debug/lib/qt6"
    "${CURRENT_PACKAGES_DIR}/share/doc")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
