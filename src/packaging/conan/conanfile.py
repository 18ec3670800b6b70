# SPDX-License-Identifier: MIT
"""The recipe for Conan 2, to be used from a checkout: conan create src/packaging/conan"""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class WsKitRecipe(ConanFile):
    name = "wskit"
    description = "WebSockets for Qt 6"
    license = "MIT"
    topics = ("websocket", "qt", "qml", "rfc6455")
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "fPIC": [True, False], "qml": [True, False]}
    default_options = {"shared": True, "fPIC": True, "qml": False}
    implements = ["auto_shared_fpic"]

    @property
    def _checkout(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        project = load(self, os.path.join(self._checkout, "CMakeLists.txt"))
        self.version = re.search(r"project\(WsKit\s+VERSION ([0-9.]+)", project).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "src/*", "include/*", "qml/*", "examples/*"):
            copy(self, pattern, self._checkout, self.export_sources_folder, excludes=("*/build*",))

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        # The headers of Qt are part of the headers of WsKit.
        self.requires("qt/[>=6.4 <7]", transitive_headers=True, transitive_libs=True)
        self.requires("zlib/[>=1.2.11 <2]")

    def configure(self):
        if self.options.qml:
            self.options["qt"].qtdeclarative = True

    def validate(self):
        if self.settings.compiler.get_safe("cppstd"):
            check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["WSKIT_BUILD_TESTS"] = False
        toolchain.cache_variables["WSKIT_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["WSKIT_BUILD_QML"] = bool(self.options.qml)
        toolchain.cache_variables["WSKIT_BUILD_WEBCHANNEL"] = False
        toolchain.cache_variables["WSKIT_BUILD_REDIS"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        # The CMake package that WsKit installs is used as it is: WsKit::Qml is more than a library to link.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "WsKit")]
        self.cpp_info.set_property("pkg_config_name", "WsKit")
        self.cpp_info.libs = ["WsKit"]
        self.cpp_info.requires = ["qt::qtCore", "qt::qtNetwork", "zlib::zlib"]
        if not self.options.shared:
            self.cpp_info.defines = ["WSKIT_STATIC"]
