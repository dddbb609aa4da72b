#!/bin/sh
# Signs with eush-gost and verifies with the GOST engine of OpenSSL, and the other way round.
#
# The engine knows only Russian identifiers and the Russian order of bytes, so each signature is checked in the
# Russian encoding as it is, and in the Kazakh one reversed byte by byte: that is all the difference there is.
# Leaves with 0 when everything agrees, or when the engine is not there; with 1 at the first disagreement.
set -eu

cd "$(dirname "$0")/../.."

if ! openssl engine gost >/dev/null 2>&1; then
    echo "skipped: no openssl with the gost engine (Debian: apt-get install libengine-gost-openssl)"
    exit 0
fi
for tool in cargo od sed; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 0; }
done

cargo build --quiet --release -p eush-gost --example gost-tool
target=${CARGO_TARGET_DIR:-target}
tool=$target/release/examples/gost-tool
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
message=$work/message
printf 'A message of more than one block of sixty-four bytes, so that the digest has work to do.\n' >"$message"

hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
# Octal escapes are the one way to write bytes that every printf knows.
unhex() {
    for byte in $(printf '%s' "$1" | sed 's/../& /g'); do
        printf '%b' "\\0$(printf '%03o' "0x$byte")"
    done
}
reverse() { printf '%s' "$1" | sed 's/../&\n/g' | sed -n '/./{1!G;h;$!d;p;}' | tr -d '\n'; }
fail() { echo "FAILED: $*"; exit 1; }

# ours  engine's key algorithm  engine's parameter set  ours  engine's digest  bytes of a public key
check() {
    curve=$1 algorithm=$2 set=$3 digest=$4 engine_digest=$5 width=$6
    openssl genpkey -engine gost -algorithm "$algorithm" -pkeyopt "paramset:$set" -out "$work/key.pem" 2>/dev/null ||
        fail "the engine makes no key for $algorithm $set"
    openssl pkey -engine gost -in "$work/key.pem" -pubout -outform DER -out "$work/key.der" 2>/dev/null
    whole=$(hex "$work/key.der")
    # The public key is the last thing in a SubjectPublicKeyInfo; what stands before it names the algorithm.
    header=$(printf '%s' "$whole" | cut -c "1-$((${#whole} - 2 * width))")
    theirs=$(printf '%s' "$whole" | cut -c "$((${#whole} - 2 * width + 1))-")

    openssl dgst -engine gost "-$engine_digest" -binary -out "$work/digest" "$message" 2>/dev/null
    [ "$("$tool" digest "$digest" <"$message")" = "$(hex "$work/digest")" ] || fail "$digest differs"

    openssl dgst -engine gost "-$engine_digest" -sign "$work/key.pem" -out "$work/signature" "$message" 2>/dev/null
    signature=$(hex "$work/signature")
    "$tool" verify "$curve" "$theirs" "$digest" russian "$signature" <"$message" >/dev/null ||
        fail "$curve: the engine's signature is not good to us"
    "$tool" verify "$curve" "$theirs" "$digest" kazakh "$(reverse "$signature")" <"$message" >/dev/null ||
        fail "$curve: the engine's signature, reversed, is not good to us"
    if "$tool" verify "$curve" "$theirs" "$digest" kazakh "$signature" <"$message" >/dev/null 2>&1; then
        fail "$curve: a Russian signature passes as a Kazakh one"
    fi

    unhex "$header$("$tool" public "$curve" interop)" >"$work/ours.der"
    openssl pkey -engine gost -pubin -inform DER -in "$work/ours.der" -out "$work/ours.pem" 2>/dev/null ||
        fail "$curve: the engine does not read our key"
    kazakh=$("$tool" sign "$curve" interop "$digest" kazakh <"$message")
    unhex "$(reverse "$kazakh")" >"$work/signature"
    openssl dgst -engine gost "-$engine_digest" -verify "$work/ours.pem" -signature "$work/signature" "$message" \
        >/dev/null 2>&1 || fail "$curve: our signature is not good to the engine"
    printf 'x' >>"$work/other"
    if openssl dgst -engine gost "-$engine_digest" -verify "$work/ours.pem" -signature "$work/signature" \
        "$work/other" >/dev/null 2>&1; then
        fail "$curve: the engine accepts our signature over another message"
    fi
    echo "ok  $curve ($algorithm $set, $digest)"
}

check tc26-256-A gost2012_256 TCA streebog-256 md_gost12_256 64
check tc26-256-B gost2012_256 TCB streebog-256 md_gost12_256 64
check tc26-256-C gost2012_256 TCC streebog-256 md_gost12_256 64
check tc26-256-D gost2012_256 TCD streebog-256 md_gost12_256 64
check tc26-256-B gost2012_256 XA streebog-256 md_gost12_256 64
check tc26-256-D gost2012_256 XB streebog-256 md_gost12_256 64
check tc26-512-A gost2012_512 A streebog-512 md_gost12_512 128
check tc26-512-B gost2012_512 B streebog-512 md_gost12_512 128
check tc26-512-C gost2012_512 C streebog-512 md_gost12_512 128
check tc26-256-B gost2001 A gost-94-cryptopro md_gost94 64
check tc26-256-C gost2001 B gost-94-cryptopro md_gost94 64
check tc26-256-D gost2001 C gost-94-cryptopro md_gost94 64
echo "eush-gost and the GOST engine agree"
