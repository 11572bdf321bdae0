. "$EVENHAND_ROOT/tests/cli/lib.sh"
# make install: what is put where, and that a C program builds and runs with it by pkg-config alone.

case $EVENHAND_BUILD in
*/release) ;;
*)
    # A library with sanitizers inside is not for installing.
    skip "the installed library can be used" "only the release build is installed"
    finish
    ;;
esac
cc=${CC:-cc}
prefix=$work/root/opt/evenhand

begin "make install puts everything below the prefix, and DESTDIR in front"
run_shell "DESTDIR='$work/root' cmake --install '$EVENHAND_BUILD' --prefix /opt/evenhand"
expect_code 0
for file in bin/evenhand share/man/man1/evenhand.1 share/bash-completion/completions/evenhand \
    share/zsh/site-functions/_evenhand share/fish/vendor_completions.d/evenhand.fish include/evenhand/catalog.h; do
    expect_file "$prefix/$file"
done
for file in libevenhand.a libevenhand.so libevenhand.so.0 pkgconfig/evenhand.pc; do
    [ -n "$(find "$prefix" -path "*/$file")" ] || problem "$file is not installed"
done
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name evenhand.pc)")
export PKG_CONFIG_PATH
libraries=$(dirname "$PKG_CONFIG_PATH")

begin "the installed program runs"
run_shell "'$prefix/bin/evenhand' --version"
expect_code 0
expect_stdout "evenhand "

begin "the example builds with the shared library and counts the groups"
run_shell "'$cc' -std=c17 -Wall -Wextra -Werror '$EVENHAND_ROOT/examples/group_counts.c' \$(pkg-config --cflags --libs evenhand) -o shared"
expect_code 0
run_shell "LD_LIBRARY_PATH='$libraries' ./shared faces faces.eh"
expect_code 0
expect_no_stderr
[ "$(wc -l < "$work/stdout")" = 4 ] || problem "there should be four groups"
expect_stdout "train"
cp "$work/stdout" "$work/first"

begin "the example builds with the static library and counts the same"
run_shell "'$cc' -std=c17 '$EVENHAND_ROOT/examples/group_counts.c' \$(pkg-config --cflags evenhand) '$libraries/libevenhand.a' \
    \$(pkg-config --static --libs evenhand | sed 's/-levenhand//') -o static"
expect_code 0
run_shell "./static faces2 faces2.eh"
expect_code 0
cmp -s "$work/first" "$work/stdout" || problem "other counts than with the shared library"

begin "an error of the library is a sentence and an exit code"
run_shell "./static faces2 faces2.eh"
expect_code 2
expect_stderr "group_counts: "

begin "the shared library has a soname and exports eh_ names only"
if command -v readelf > /dev/null; then
    run_shell "readelf -d '$libraries/libevenhand.so'"
    expect_stdout "Library soname: [libevenhand.so."
fi
if command -v nm > /dev/null; then
    run_shell "nm -D --defined-only '$libraries/libevenhand.so' | awk '{ print \$NF }' | grep -v '^eh_' || true"
    expect_no_stdout
fi

begin "the installed headers compile as C++"
if command -v c++ > /dev/null; then
    for header in "$prefix"/include/evenhand/*.h; do
        echo "#include <evenhand/$(basename "$header")>"
    done > "$work/all.cpp"
    run_shell "c++ -std=c++17 -fsyntax-only -I'$prefix/include' all.cpp"
    expect_code 0
fi
finish
