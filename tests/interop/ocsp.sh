#!/bin/sh
# `openssl ocsp` as a real client of the test authority's RSA responder: states, nonce, both digests, POST and GET, and every
# fault that can be had at once. Skips with a word and exit 0 where `openssl` is absent, and GET where `curl` is.
#
# OpenSSL compares an answer's times with the machine's clock, so this authority starts at the present.
set -eu

cd "$(dirname "$0")/../.."
if ! command -v openssl >/dev/null 2>&1; then
    echo "skipped: openssl is not installed"
    exit 0
fi
folder=$(mktemp -d)
responder=
# Closing its input ends it.
finish() {
    exec 3>&- || true
    if [ -n "$responder" ]; then wait "$responder" || true; fi
    rm -rf "$folder"
}
trap finish EXIT

cargo build --quiet -p eush-ca --example authority --example responder
binaries=${CARGO_TARGET_DIR:-target}/debug/examples
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
"$binaries/authority" "$folder" "$now"
mkfifo "$folder/commands" "$folder/answers"
"$binaries/responder" "$folder" "$now" <"$folder/commands" >"$folder/answers" &
responder=$!
cd "$folder"
exec 3>commands 4<answers
read -r address <&4
url=http://$address/ocsp
cat rsa-issuing.pem rsa-root.pem >rsa-authorities.pem

say() { echo "ok: $1"; }
fail() { echo "FAILED: $1: $(cat out)" >&2; exit 1; }
tell() { # command
    echo "$1" >&3
    read -r done <&4
    [ "$done" = "done" ] || { echo "FAILED: $1" >&2; exit 1; }
}
ask() { # name of a certificate, option...
    name=$1
    shift
    openssl ocsp "$@" -issuer rsa-issuing.pem -cert "rsa-$name.pem" -url "$url" -CAfile rsa-authorities.pem \
        -validity_period 300 >out 2>&1
}
expect() { # name of the check, words that stand in the output...
    check=$1
    shift
    for word in "$@"; do grep -q "$word" out || fail "$check: expected \`$word\`"; done
    say "$check"
}

# --- states -------------------------------------------------------------------------------------------------------
ask good || fail "good"
expect "good, with a nonce" "Response verify OK" "rsa-good.pem: good"
if grep -q "no nonce" out; then fail "the nonce came back"; fi
say "the nonce came back"
ask good -no_nonce || fail "good without a nonce"
expect "good, without a nonce" "Response verify OK" "rsa-good.pem: good"
ask good -sha256 || fail "good by SHA-256"
expect "good, asked by SHA-256" "Response verify OK" "rsa-good.pem: good"
ask released || fail "released"
expect "released" "rsa-released.pem: good"
ask revoked || fail "revoked"
expect "revoked" "Response verify OK" "rsa-revoked.pem: revoked" "Reason: keyCompromise"
ask held || fail "held"
expect "held" "rsa-held.pem: revoked" "Reason: certificateHold"
# OpenSSL calls the extension by the name that its number once had: `valid`.
ask not-issued -resp_text || fail "not issued"
expect "not issued, as the national authority says it" "Response verify OK" "Reason: certificateHold" \
    "Revocation Time: Jan  1 00:00:00 1970 GMT" "^ *valid: *$"
openssl ocsp -issuer rsa-issuing.pem -cert rsa-good.pem -cert rsa-revoked.pem -url "$url" -CAfile rsa-authorities.pem \
    -validity_period 300 >out 2>&1 || fail "two at once"
expect "two certificates in one question" "rsa-good.pem: good" "rsa-revoked.pem: revoked"
ask good -resp_text || fail "text"
expect "the responder is delegated, and asked about by nobody" "OCSP Signing" "OCSP No Check"
if grep -q "Next Update" out; then fail "no nextUpdate"; fi
say "no nextUpdate"

# The authority of another key: nobody's certificate here.
if openssl ocsp -issuer rsa-unknown-issuer-issuer.pem -cert rsa-unknown-issuer.pem -url "$url" \
    -CAfile rsa-authorities.pem -validity_period 300 >out 2>&1; then fail "an unknown hierarchy was believed"; fi
expect "an untrusted hierarchy's answer is not believed" "Response Verify Failure"

# --- GET ----------------------------------------------------------------------------------------------------------
if command -v curl >/dev/null 2>&1; then
    openssl ocsp -sha256 -no_nonce -issuer rsa-issuing.pem -cert rsa-revoked.pem -reqout request.der
    question=$(openssl base64 -A -in request.der | sed 's|+|%2B|g; s|/|%2F|g; s|=|%3D|g')
    curl --silent --show-error --fail --noproxy '*' -o answer.der "$url/$question" || fail "GET"
    openssl ocsp -respin answer.der -sha256 -issuer rsa-issuing.pem -cert rsa-revoked.pem \
        -CAfile rsa-authorities.pem -validity_period 300 >out 2>&1 || fail "GET"
    expect "GET" "Response verify OK" "rsa-revoked.pem: revoked"
else
    echo "skipped: curl is not installed, so GET is not asked"
fi

# --- faults -------------------------------------------------------------------------------------------------------
spoiled() { # fault, expected word
    tell "fault $1"
    # Some faults OpenSSL only writes about, with exit status 0.
    ask good || true
    expect "fault $1" "$2"
    tell reset
}
spoiled try-later "trylater (3)"
spoiled internal-error "internalerror (2)"
spoiled unauthorized "unauthorized (6)"
spoiled wrong-responder "Response Verify Failure"
spoiled wrong-cert-id "No Status found"
spoiled old-nonce "Nonce Verify error"
spoiled never-issued "Revocation Time: Jan  1 00:00:00 1970 GMT"
spoiled garbage "Error querying OCSP responder"
spoiled reset "Error querying OCSP responder"
ask good || fail "good again"
expect "good again" "Response verify OK" "rsa-good.pem: good"
