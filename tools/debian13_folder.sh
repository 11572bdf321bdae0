# debian13_folder.sh - what tools/debian13.sh and tools/arm64.sh share; they read it with `.`, from the root of the repository.
#
# prepare_folder FOLDER NAME   unpacks Debian 13 into FOLDER unless it is there, and puts the last commit into $inside there, with the report page, which is
#                              built outside so that the inside needs no npm packages; the page's tests in a browser are left out
# enter COMMANDS               runs them with sh -eu in $inside, changed into the folder
inside=/root/evenhand
folder=

fail() {
    echo "$(basename "$0" .sh): $*" >&2
    exit 2
}

prepare_folder() {
    folder=$1
    [ "$(id -u)" = 0 ] || fail "only root can unpack a system and build in it; run it as root"
    git rev-parse -q --verify HEAD > /dev/null 2>&1 || fail "this is not a clone of the repository, so there is no commit to build; clone it first"
    if [ ! -e "$folder/etc/debian_version" ]; then
        command -v debootstrap > /dev/null || fail "debootstrap is missing; run: apt-get install debootstrap"
        mkdir -p "$folder"
        debootstrap --variant=minbase trixie "$folder" || fail "Debian 13 could not be unpacked; remove $folder before the next try"
    fi
    case $(cat "$folder/etc/debian_version") in
    13*) ;;
    *) fail "$folder holds Debian $(cat "$folder/etc/debian_version"), not 13; name another folder" ;;
    esac

    tools/deps.sh build
    make --no-print-directory build/release/.configured
    cmake --build build/release --target report_template

    # A folder of the last run would leave files that the commit no longer has.
    rm -rf "$folder$inside"
    mkdir -p "$folder$inside/web/dist"
    git archive HEAD -- . ':(exclude)tests/browser' | tar -x -C "$folder$inside"
    cp web/dist/report_template.html "$folder$inside/web/dist/"

    mounted=
    trap finish EXIT
    trap 'exit 130' INT TERM
    if [ ! -e "$folder/proc/self" ]; then
        mount -t proc proc "$folder/proc"
        mounted=yes
    fi
}

finish() {
    [ -z "$mounted" ] || umount "$folder/proc"
}

enter() {
    chroot "$folder" env -i http_proxy="${http_proxy:-}" HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 sh -euc "
        cd $inside
        $1"
}
