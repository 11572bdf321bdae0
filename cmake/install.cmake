# make install: program, both forms of the library, public headers, pkg-config file.
install(TARGETS evenhand RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS evenhand_static ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS evenhand_shared LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY include/evenhand DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
