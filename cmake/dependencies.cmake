# Libraries from the system. `make deps` installs all of them on Debian.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)

pkg_check_modules(EH_JPEG REQUIRED IMPORTED_TARGET libjpeg)
pkg_search_module(EH_SPNG REQUIRED IMPORTED_TARGET spng libspng)
pkg_check_modules(EH_SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(EH_YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(EH_JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(EH_ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(EH_CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(EH_ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(EH_WEBP REQUIRED IMPORTED_TARGET libwebp libwebpdemux)
pkg_check_modules(EH_TIFF REQUIRED IMPORTED_TARGET libtiff-4)
pkg_search_module(EH_HDF5 REQUIRED IMPORTED_TARGET hdf5-serial hdf5)
pkg_check_modules(EH_CURL REQUIRED IMPORTED_TARGET libcurl)

# oneDNN has no pkg-config file on Debian; 2.6 (Debian 12) and 3.x (Debian 13) both will do.
find_path(EH_DNNL_INCLUDE oneapi/dnnl/dnnl.h REQUIRED)
find_library(EH_DNNL_LIBRARY dnnl REQUIRED)

target_include_directories(evenhand_build SYSTEM INTERFACE "${EH_DNNL_INCLUDE}")
target_link_libraries(evenhand_build INTERFACE
    "${EH_DNNL_LIBRARY}" PkgConfig::EH_JPEG PkgConfig::EH_SPNG PkgConfig::EH_SQLITE PkgConfig::EH_YAML
    PkgConfig::EH_JANSSON PkgConfig::EH_ZLIB PkgConfig::EH_CRYPTO PkgConfig::EH_CURL PkgConfig::EH_ARCHIVE
    PkgConfig::EH_WEBP PkgConfig::EH_TIFF PkgConfig::EH_HDF5 OpenMP::OpenMP_C Threads::Threads m)
