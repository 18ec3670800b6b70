# Makes the QML module WsKit known to the tools that check QML, wherever it is installed.

# wskit_add_qml_import_path(<folder> [DIRECTORY <directory>]): Qt Creator gets the folder by the cache variable
# QML_IMPORT_PATH, which it reads for its code model. qmllint gets it with the QML modules of the calling directory, or of
# another one, and of those below it.
function(wskit_add_qml_import_path folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIRECTORY" "")
    if(NOT arg_DIRECTORY)
        set(arg_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    endif()
    if(folder STREQUAL "${QT6_INSTALL_PREFIX}/${QT6_INSTALL_QML}") # where every tool looks
        return()
    endif()
    set(paths $CACHE{QML_IMPORT_PATH})
    if(NOT folder IN_LIST paths)
        list(APPEND paths ${folder})
        set(QML_IMPORT_PATH "${paths}" CACHE STRING "Where Qt Creator's code model looks for QML modules" FORCE)
    endif()
    set_property(GLOBAL PROPERTY wskit_qml_import_path ${folder})
    cmake_language(DEFER DIRECTORY ${arg_DIRECTORY} CALL _wskit_add_qml_import_path_to_targets) # once the targets exist
endfunction()

function(_wskit_add_qml_import_path_to_targets)
    get_property(folder GLOBAL PROPERTY wskit_qml_import_path)
    set(directories ${CMAKE_CURRENT_SOURCE_DIR})
    while(directories)
        list(POP_FRONT directories directory)
        get_property(subdirectories DIRECTORY ${directory} PROPERTY SUBDIRECTORIES)
        list(APPEND directories ${subdirectories})
        get_property(targets DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
        foreach(target IN LISTS targets)
            get_target_property(uri ${target} QT_QML_MODULE_URI)
            get_target_property(paths ${target} QT_QML_IMPORT_PATH)
            if(uri AND NOT folder IN_LIST paths)
                set_property(TARGET ${target} APPEND PROPERTY QT_QML_IMPORT_PATH ${folder})
            endif()
        endforeach()
    endwhile()
endfunction()
