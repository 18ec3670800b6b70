# Configures and builds the preset package from nothing but the objects of an earlier run, in BUILD_DIR.
cmake_minimum_required(VERSION 3.23)
file(REMOVE_RECURSE ${BUILD_DIR}/CMakeCache.txt ${BUILD_DIR}/packages)
execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${SOURCE_DIR} --preset package -B ${BUILD_DIR} ${OPTIONS}
    COMMAND_ERROR_IS_FATAL ANY)
execute_process(
    COMMAND ${CMAKE_COMMAND} --build ${BUILD_DIR} --target package
    COMMAND_ERROR_IS_FATAL ANY)
