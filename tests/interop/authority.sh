#!/bin/sh
# OpenSSL as a real client of the test authority's RSA hierarchy: chains, lists, every defect, PKCS#12 of both algorithms,
# and signed documents there and back by the command line of eush. Skips with a word and exit 0 where `openssl` is absent.
set -eu

cd "$(dirname "$0")/../.."
if ! command -v openssl >/dev/null 2>&1; then
    echo "skipped: openssl is not installed"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo build --quiet -p eush-ca --example authority
cargo build --quiet -p eush --bin eush
binaries=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
"$binaries/examples/authority" "$folder" 2026-11-20T09:00:00Z
# An hour later: 2026-11-20T10:00:00Z.
at=1795168800
cd "$folder"

say() { echo "ok: $1"; }
fail() { echo "FAILED: $1: $(cat out)" >&2; exit 1; }
accept() { # name, command...
    name=$1
    shift
    "$@" >out 2>&1 || fail "$name"
    say "$name"
}
refuse() { # name, expected word, command...
    name=$1 expected=$2
    shift 2
    if "$@" >out 2>&1; then fail "$name was accepted"; fi
    grep -q "$expected" out || fail "$name: expected \`$expected\`"
    say "$name: $expected"
}

# --- lists --------------------------------------------------------------------------------------------------------
cat rsa-issuing.pem rsa-root.pem >rsa-authorities.pem
for list in rsa rsa-root; do
    accept "crl: signature of $list.crl" openssl crl -inform DER -in "$list.crl" -noout -verify -CAfile rsa-authorities.pem
    openssl crl -inform DER -in "$list.crl" -out "$list.crl.pem"
done
openssl crl -in rsa.crl.pem -noout -text >list.txt
for serial in revoked held; do
    accept "crl: names the $serial one" grep -q "$(cat "rsa-$serial.serial")" list.txt
done
accept "crl: does not name the released one" sh -c '! grep -q "$(cat rsa-released.serial)" list.txt'
# One list at first, then one for each of: revoke, hold, hold, release; each takes a number and its delta list another.
openssl crl -in rsa.crl.pem -noout -crlnumber >number.txt
accept "crl: a number for each change" grep -Eq '^crlNumber=(0x)?0*9$' number.txt
accept "delta: signature" openssl crl -inform DER -in rsa-delta.crl -noout -verify -CAfile rsa-authorities.pem
for list in rsa-day rsa-delta; do openssl crl -inform DER -in "$list.crl" -out "$list.crl.pem"; done
openssl crl -in rsa-delta.crl.pem -noout -text >delta.txt
accept "delta: says critically what it builds on" grep -q "Delta CRL Indicator: critical" delta.txt
accept "delta: names the one that was taken off" sh -c \
    'grep -A6 "$(cat rsa-released.serial)" delta.txt | grep -q "Remove From CRL"'
accept "delta: does not name the good one" sh -c '! grep -q "$(cat rsa-good.serial)" delta.txt'
for list in gost gost-root gost-delta; do
    # OpenSSL knows neither the Kazakh identifiers nor the byte order: it reads the shape and no more.
    accept "crl: shape of $list.crl" openssl crl -inform DER -in "$list.crl" -noout -issuer
done

# --- chains -------------------------------------------------------------------------------------------------------
verify() {
    openssl verify -x509_strict -crl_check_all -attime "$at" -CAfile rsa-root.pem -untrusted rsa-issuing.pem \
        -CRLfile rsa.crl.pem -CRLfile rsa-root.crl.pem "rsa-$1.pem"
}
# What OpenSSL does not look at, it accepts: subject, roles and key usage are the Kazakh profile's.
for name in good released iin-absent iin-malformed key-usage-wrong not-issued role-missing; do
    accept "verify: $name" verify "$name"
done
refuse "verify: revoked" "certificate revoked" verify revoked
refuse "verify: held" "certificate revoked" verify held
refuse "verify: expired" "certificate has expired" verify expired
refuse "verify: not-yet-valid" "certificate is not yet valid" verify not-yet-valid
refuse "verify: unknown-issuer" "unable to get local issuer certificate" verify unknown-issuer
refuse "verify: broken-signature" "certificate signature failure" verify broken-signature
refuse "verify: wrong-issuer-key" "certificate signature failure" verify wrong-issuer-key
# Whose list it would be on, nobody can say: asked without lists.
refuse "verify: broken-issuer-signature" "certificate signature failure" openssl verify -attime "$at" \
    -CAfile rsa-root.pem -untrusted rsa-broken-issuer-signature-issuer.pem rsa-broken-issuer-signature.pem

# The day's complete list knows nothing of today's changes; the delta list brings them.
by_day() { # name, option...
    holder=$1
    shift
    openssl verify -crl_check -extended_crl -attime "$at" -CAfile rsa-root.pem -untrusted rsa-issuing.pem \
        -CRLfile rsa-day.crl.pem "$@" "rsa-$holder.pem"
}
accept "verify: revoked, by the day's list" by_day revoked
for name in revoked held; do
    refuse "verify: $name, by the day's list and its delta" "certificate revoked" \
        by_day "$name" -use_deltas -CRLfile rsa-delta.crl.pem
done
for name in good released; do
    accept "verify: $name, by the day's list and its delta" by_day "$name" -use_deltas -CRLfile rsa-delta.crl.pem
done
at=$((at + 24 * 3600))
refuse "verify: stale list" "CRL has expired" verify good

# --- PKCS#12 ------------------------------------------------------------------------------------------------------
for algorithm in rsa gost; do
    file=$algorithm-good.p12
    accept "pkcs12: $algorithm, MAC and every bag" openssl pkcs12 -in "$file" -passin pass:eush-test -nokeys -out bags.pem
    accept "pkcs12: $algorithm, three certificates" test "$(grep -c 'BEGIN CERTIFICATE' bags.pem)" -eq 3
    refuse "pkcs12: $algorithm, another password" "invalid password" \
        openssl pkcs12 -in "$file" -passin pass:another -nokeys -noout
done
openssl pkcs12 -in rsa-good.p12 -passin pass:eush-test -nocerts -nodes -out key.pem
openssl pkcs12 -in rsa-good.p12 -passin pass:eush-test -clcerts -nokeys -out leaf.pem
openssl pkey -in key.pem -pubout -out of-key.pem
openssl x509 -in leaf.pem -noout -pubkey -out of-leaf.pem
accept "pkcs12: rsa, key and certificate belong together" cmp of-key.pem of-leaf.pem
openssl x509 -in leaf.pem -outform DER -out leaf.der
openssl x509 -in rsa-good.pem -outform DER -out issued.der
accept "pkcs12: rsa, the certificate is the issued one" cmp leaf.der issued.der
accept "pkey: the RSA key is sound" openssl pkey -in rsa-good.key -check -noout
if openssl pkcs12 -legacy -help >/dev/null 2>&1 && openssl list -providers -provider legacy >/dev/null 2>&1; then
    accept "pkcs12: gost, the national authority's form" openssl pkcs12 -legacy -in gost-good.nca.p12 \
        -passin pass:eush-test -nokeys -out bags.pem
    openssl x509 -in gost-good.pem -outform DER -out issued.der
    openssl x509 -in bags.pem -outform DER -out leaf.der
    accept "pkcs12: gost, the national authority's form holds the issued certificate" cmp leaf.der issued.der
else
    echo "skipped: this openssl reads no key store of the old schemes"
fi

# --- the command line and signed documents --------------------------------------------------------------------------
now=2026-11-20T10:00:00Z
at=1795168800
eush() { "$binaries/eush" --data-dir "$folder/none" "$@"; }
printf 'content of a document\n' >content
printf 'content of another\n' >other
cat rsa-root.pem rsa.crl.pem rsa-root.crl.pem >trust.pem
for algorithm in rsa gost; do
    set -- --ca "$algorithm-root.pem" --ca "$algorithm-issuing.pem" --crl "$algorithm.crl" --crl "$algorithm-root.crl" \
        --at "$now" --revocation-scope chain
    accept "eush cert check: $algorithm, good" eush cert check "$algorithm-good.pem" "$@"
    accept "eush cert check: $algorithm, by a saved answer" eush cert check "$algorithm-good.pem" \
        --ca "$algorithm-root.pem" --ca "$algorithm-issuing.pem" --ocsp "$algorithm-good.ocsp" --at 2026-11-20T09:01:00Z
    refuse "eush cert check: $algorithm, revoked" CERTIFICATE_REVOKED eush cert check "$algorithm-revoked.pem" "$@"
    refuse "eush cert check: $algorithm, held" CERTIFICATE_ON_HOLD eush cert check "$algorithm-held.pem" "$@"
    refuse "eush cert check: $algorithm, no list" REVOCATION_UNAVAILABLE eush cert check "$algorithm-good.pem" \
        --ca "$algorithm-root.pem" --ca "$algorithm-issuing.pem" --at "$now"
    accept "eush cms sign: $algorithm" eush cms sign content --key "$algorithm-good.p12" --password eush-test \
        --at "$now" --out "$algorithm.cms"
    accept "eush cms verify: $algorithm" eush cms verify "$algorithm.cms" --content content "$@"
    refuse "eush cms verify: $algorithm, other content" SIGNATURE_INVALID \
        eush cms verify "$algorithm.cms" --content other "$@"
done
openssl_cms() {
    openssl cms -verify -binary -inform DER -CAfile trust.pem -certfile rsa-issuing.pem -crl_check_all -attime "$at" \
        -out /dev/null "$@"
}
accept "openssl cms: our signature, with lists" openssl_cms -cades -in rsa.cms -content content
refuse "openssl cms: our signature over other content" "failure" openssl_cms -cades -in rsa.cms -content other
eush cms sign content --key rsa-revoked.p12 --password eush-test --at "$now" --attached --out revoked.cms >out
refuse "openssl cms: our signature by a revoked one" "certificate revoked" openssl_cms -cades -in revoked.cms
set -- --ca rsa-root.pem --ca rsa-issuing.pem --crl rsa.crl --at "$now"
for name in good revoked; do
    openssl cms -sign -cades -binary -md sha256 -signer "rsa-$name.pem" -inkey "rsa-$name.key" -in content \
        -outform DER -out "theirs-$name.cms" -nosmimecap
done
accept "eush cms verify: openssl's signature" eush cms verify theirs-good.cms --content content "$@"
refuse "eush cms verify: openssl's signature by a revoked one" CERTIFICATE_REVOKED \
    eush cms verify theirs-revoked.cms --content content "$@"
