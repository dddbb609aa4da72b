#!/bin/sh
# The GOST engine of OpenSSL on what the test authority's GOST hierarchy signs: certificates, lists, an answer of the
# responder. The engine knows neither the Kazakh identifiers nor the order of bytes, so that what was signed, the signature
# and the key are taken out, the key is put under a header that the engine knows, and the signature is reversed.
# Leaves with 0 when everything agrees, or when the engine is not there; with 1 at the first disagreement.
set -eu

cd "$(dirname "$0")/../.."

if ! openssl engine gost >/dev/null 2>&1; then
    echo "skipped: no openssl with the gost engine (Debian: apt-get install libengine-gost-openssl)"
    exit 0
fi
for tool in od sed awk; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 0; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo build --quiet -p eush-ca --example authority
"${CARGO_TARGET_DIR:-target}/debug/examples/authority" "$folder" 2026-11-20T09:00:00Z
cd "$folder"

fail() { echo "FAILED: $*" >&2; exit 1; }
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
# Octal escapes are the one way to write bytes that every printf knows.
unhex() {
    for byte in $(printf '%s' "$1" | sed 's/../& /g'); do
        printf '%b' "\\0$(printf '%03o' "0x$byte")"
    done
}
reverse() { printf '%s' "$1" | sed 's/../&\n/g' | sed -n '/./{1!G;h;$!d;p;}' | tr -d '\n'; }

# The header of a key of 512 bits with parameter set A, as the engine writes it.
openssl genpkey -engine gost -algorithm gost2012_512 -pkeyopt paramset:A -out engine.key 2>/dev/null ||
    fail "the engine makes no key of 512 bits"
openssl pkey -engine gost -in engine.key -pubout -outform DER -out engine.der 2>/dev/null
whole=$(hex engine.der)
header=$(printf '%s' "$whole" | cut -c "1-$((${#whole} - 256))")

# offsets TYPE FILE: where elements of the type stand, one a line.
offsets() {
    openssl asn1parse -inform DER -in "$2" | awk -F: -v type="$1" 'index($0, type) { gsub(/ /, "", $1); print $1 }'
}
# taken OFFSET FILE OUT: the element there; of strings, what is in them.
taken() { openssl asn1parse -inform DER -in "$2" -strparse "$1" -noout -out "$3" 2>/dev/null || true; }
# What was signed is the first element within the outermost one.
signed() { taken "$(openssl asn1parse -inform DER -in "$1" | sed -n '1s/.*hl=\([0-9]*\).*/\1/p')" "$1" "$2"; }
# key NUMBER FILE OUT: the key in the BIT STRING of that number, for the engine.
key() {
    taken "$(offsets 'BIT STRING' "$2" | sed -n "$1p")" "$2" point
    point=$(hex point)
    unhex "$header$(printf '%s' "$point" | cut -c "$((${#point} - 255))-")" >key.der
    openssl pkey -engine gost -pubin -inform DER -in key.der -out "$3" 2>/dev/null || fail "the engine reads no key of $2"
}
# check NAME FILE SIGNATURE KEY: the signature in the BIT STRING of that number is good to the engine, and over nothing else.
check() {
    signed "$2" tbs
    taken "$(offsets 'BIT STRING' "$2" | sed -n "$3p")" "$2" raw
    [ "$(hex raw | wc -c)" -eq 256 ] || fail "$1: the signature is not 128 bytes"
    unhex "$(reverse "$(hex raw)")" >signature
    verify() { openssl dgst -engine gost -md_gost12_512 -verify "$1" -signature signature "$2" >/dev/null 2>&1; }
    verify "$4" tbs || fail "$1: not good to the engine"
    { cat tbs; printf 'x'; } >longer
    if verify "$4" longer; then fail "$1: good to the engine over other bytes"; fi
    if verify engine.pub tbs; then fail "$1: good to the engine by another key"; fi
    echo "ok: $1"
}

openssl pkey -engine gost -in engine.key -pubout -out engine.pub 2>/dev/null
for name in root issuing good; do openssl x509 -in "gost-$name.pem" -outform DER -out "$name.der"; done
key 1 root.der root.pub
key 1 issuing.der issuing.pub
# The first BIT STRING of a certificate is its key, the last its signature.
last() { offsets 'BIT STRING' "$1" | wc -l | tr -d ' '; }
check "certificate of the root" root.der "$(last root.der)" root.pub
check "certificate of the issuing authority" issuing.der "$(last issuing.der)" root.pub
check "certificate of a person" good.der "$(last good.der)" issuing.pub
check "list of the root" gost-root.crl 1 root.pub
check "list of the issuing authority" gost.crl 1 issuing.pub
check "delta list" gost-delta.crl 1 issuing.pub
# An answer lies in an OCTET STRING: first its signature, then the responder's certificate.
taken "$(offsets 'OCTET STRING' gost-good.ocsp | head -n 1)" gost-good.ocsp answer.der
key 2 answer.der responder.pub
check "answer of the responder" answer.der 1 responder.pub
echo "the GOST engine agrees with the test authority"
