# make install: the program with its man page and completions, both forms of the library, headers, pkg-config file.
# The paths in the pkg-config file are relative to it, so the prefix may be chosen at install time.
set(generated "${PROJECT_BINARY_DIR}/generated")
file(RELATIVE_PATH EH_PC_PREFIX "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
string(REGEX REPLACE "/$" "" EH_PC_PREFIX "${EH_PC_PREFIX}")
file(RELATIVE_PATH EH_PC_LIBDIR "/p" "/p/${CMAKE_INSTALL_LIBDIR}")
file(RELATIVE_PATH EH_PC_INCLUDEDIR "/p" "/p/${CMAKE_INSTALL_INCLUDEDIR}")
# libcurl, libarchive, libwebp, libtiff and HDF5 are named in Libs.private instead: with --static their own files ask for a dozen more libraries, which their shared forms bring along.
set(EH_PC_REQUIRES "libjpeg ${EH_SPNG_MODULE_NAME} sqlite3 yaml-0.1 jansson zlib libcrypto")
string(JOIN " " EH_HDF5_LINK ${EH_HDF5_LDFLAGS})
configure_file(cmake/evenhand.pc.in "${generated}/evenhand.pc" @ONLY)

# Man page and completions come from the program's own tables.
set(documents)
foreach(document IN ITEMS "evenhand.1 --man" "evenhand.bash --completion=bash" "_evenhand --completion=zsh"
        "evenhand.fish --completion=fish")
    separate_arguments(document)
    list(GET document 0 file)
    list(GET document 1 option)
    add_custom_command(OUTPUT "${generated}/${file}"
        COMMAND evenhand help ${option} > "${generated}/${file}"
        DEPENDS evenhand VERBATIM)
    list(APPEND documents "${generated}/${file}")
endforeach()
add_custom_target(documents ALL DEPENDS ${documents})

install(TARGETS evenhand RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS evenhand_static ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS evenhand_shared LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY include/evenhand DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(FILES "${generated}/evenhand.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES "${generated}/evenhand.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${generated}/evenhand.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME evenhand)
install(FILES "${generated}/_evenhand" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES "${generated}/evenhand.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
