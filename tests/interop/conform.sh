#!/bin/sh
# A signed test protocol as its reader sees it: `eush conform verify`, and OpenSSL, which knows nothing of eush.
# Skips with a word and exit 0 where `openssl` is absent.
set -eu

cd "$(dirname "$0")/../.."
if ! command -v openssl >/dev/null 2>&1; then
    echo "skipped: openssl is not installed"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo build --quiet -p eush
eush=${CARGO_TARGET_DIR:-target}/debug/eush

say() { echo "ok: $1"; }
fail() { echo "FAILED: $1" >&2; exit 1; }
# A few cases are enough for a protocol; they are judged as any.
judge() { # file, options...
    protocol=$1
    shift
    "$eush" conform run agency --data-dir "$folder/data" --only 'Agency/**' --protocol "$protocol" "$@" -- \
        "$eush" agency gbdfl --json --listen 127.0.0.1:0 --gateway '{gateway}' --certificates '{certificates}' \
        --secret '{secret}' --seed '{seed}' >"$folder/out" 2>&1 || fail "the run: $(cat "$folder/out")"
}
by_openssl() { # protocol, root
    openssl cms -verify -inform DER -binary -in "$1" -CAfile "$2" -purpose any -no_check_time \
        -out "$folder/report.json" >"$folder/out" 2>&1
}
root_of() { # protocol: the last certificate of the chain signs itself
    openssl pkcs7 -inform DER -in "$1" -print_certs -out "$folder/chain.pem"
    awk -v dir="$folder" '/BEGIN CERT/{n++} n {print > (dir "/cert-" n ".pem")}' "$folder/chain.pem"
    for certificate in "$folder"/cert-*.pem; do
        subject=$(openssl x509 -in "$certificate" -noout -subject 2>/dev/null | sed 's/^subject=//') || continue
        issuer=$(openssl x509 -in "$certificate" -noout -issuer | sed 's/^issuer=//')
        if [ "$subject" = "$issuer" ]; then cp "$certificate" "$folder/root.pem"; fi
    done
}

# --- the test authority's key, which is what comes without --sign-with ---------------------------------------------
judge "$folder/authority.p7m"
"$eush" conform verify "$folder/authority.p7m" >"$folder/out" || fail "eush does not verify its own protocol"
grep -q 'EUSH CONFORMANCE LABORATORY' "$folder/out" || fail "the signer is not named: $(cat "$folder/out")"
say "eush verifies a protocol of the test authority"
root_of "$folder/authority.p7m"
by_openssl "$folder/authority.p7m" "$folder/root.pem" || fail "openssl: $(cat "$folder/out")"
grep -q '"suite_version"' "$folder/report.json" || fail "openssl reads no report"
say "openssl verifies it up to the test authority's root"

# --- the agency's own key ---------------------------------------------------------------------------------------
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/key.pem" -out "$folder/own.pem" -days 30 \
    -subj '/CN=Agency laboratory' >/dev/null 2>&1
cat "$folder/key.pem" "$folder/own.pem" >"$folder/signer.pem"
judge "$folder/own.p7m" --sign-with "$folder/signer.pem"
fingerprint=$(openssl x509 -in "$folder/own.pem" -noout -fingerprint -sha256 | sed 's/.*=//')
"$eush" conform verify "$folder/own.p7m" --fingerprint "$fingerprint" >/dev/null || fail "the agency's own key is not known"
say "eush verifies a protocol of the agency's own key by its fingerprint"
by_openssl "$folder/own.p7m" "$folder/own.pem" || fail "openssl: $(cat "$folder/out")"
say "openssl verifies it by the agency's certificate"
if "$eush" conform verify "$folder/authority.p7m" --fingerprint "$fingerprint" >/dev/null; then
    fail "another key passes for the expected one"
fi
say "another key than the expected one is refused"

# --- one verdict of the report turned -----------------------------------------------------------------------------
LC_ALL=C sed 's/"verdict": "pass"/"verdict": "fail"/' "$folder/own.p7m" >"$folder/forged.p7m"
if cmp -s "$folder/own.p7m" "$folder/forged.p7m"; then fail "nothing was forged"; fi
if "$eush" conform verify "$folder/forged.p7m" >/dev/null; then fail "eush takes a forged protocol"; fi
if by_openssl "$folder/forged.p7m" "$folder/own.pem"; then fail "openssl takes a forged protocol"; fi
say "a turned verdict is found out by both"
