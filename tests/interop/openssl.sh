#!/bin/sh
# OpenSSL as a real counterpart of eush-sign and eush-pki: each reads and judges what the other made.
# Skips with a word and exit 0 where `openssl` is absent.
set -eu

cd "$(dirname "$0")/../.."
if ! command -v openssl >/dev/null 2>&1; then
    echo "skipped: openssl is not installed"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo build --quiet -p eush-sign --example cms -p eush-pki --example judge --example ocsp
target=${CARGO_TARGET_DIR:-target}
cms=$target/debug/examples/cms
judge=$target/debug/examples/judge
ocsp=$target/debug/examples/ocsp

say() { echo "ok: $1"; }
fail() { echo "FAILED: $1" >&2; exit 1; }
expect() { # name, expected first line, command...
    name=$1 expected=$2
    shift 2
    "$@" >"$folder/out" 2>&1 || fail "$name: $(cat "$folder/out")"
    [ "$(head -n 1 "$folder/out")" = "$expected" ] || fail "$name: $(cat "$folder/out")"
    say "$name"
}
refuse() { # name, command...
    name=$1
    shift
    if "$@" >"$folder/out" 2>&1; then fail "$name: accepted"; fi
    say "$name"
}

# --- an authority of OpenSSL's ------------------------------------------------------------------------------------
cat >"$folder/ca.cnf" <<CNF
[req]
distinguished_name = dn
prompt = no
[dn]
CN = EUSH TEST placeholder
[ca]
default_ca = issuing
[issuing]
database = $folder/index.txt
new_certs_dir = $folder
serial = $folder/serial
crlnumber = $folder/crlnumber
certificate = $folder/issuing.pem
private_key = $folder/issuing.key
default_md = sha256
default_crl_days = 2
policy = any
rand_serial = yes
x509_extensions = leaf
[root_ca]
database = $folder/root-index.txt
crlnumber = $folder/root-crlnumber
certificate = $folder/root.pem
private_key = $folder/root.key
default_md = sha256
default_crl_days = 2
crl_extensions = crl
[crl]
authorityKeyIdentifier = keyid
[any]
commonName = supplied
serialNumber = optional
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[responder]
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
authorityKeyIdentifier = keyid
[leaf]
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = emailProtection, 1.2.398.3.3.4.1.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CNF
: >"$folder/index.txt"
: >"$folder/root-index.txt"
echo 01 >"$folder/crlnumber"
echo 01 >"$folder/root-crlnumber"
{
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/root.key" -out "$folder/root.pem" -days 100 \
        -config "$folder/ca.cnf" -extensions authority -subj "/C=KZ/CN=EUSH TEST root by OpenSSL"
    openssl req -newkey rsa:2048 -nodes -keyout "$folder/issuing.key" -out "$folder/issuing.csr" \
        -config "$folder/ca.cnf" -subj "/C=KZ/CN=EUSH TEST issuing by OpenSSL"
    openssl x509 -req -in "$folder/issuing.csr" -CA "$folder/root.pem" -CAkey "$folder/root.key" -days 50 \
        -extfile "$folder/ca.cnf" -extensions authority -out "$folder/issuing.pem"
    openssl req -newkey rsa:2048 -nodes -keyout "$folder/leaf.key" -out "$folder/leaf.csr" \
        -config "$folder/ca.cnf" -subj "/CN=EUSH TEST person"
    openssl ca -batch -config "$folder/ca.cnf" -in "$folder/leaf.csr" -out "$folder/leaf.pem" -days 20 -notext
    openssl ca -gencrl -config "$folder/ca.cnf" -out "$folder/good.pem" -crlexts crl
    openssl ca -gencrl -name root_ca -config "$folder/ca.cnf" -out "$folder/root-list.pem"
    openssl req -newkey rsa:2048 -nodes -keyout "$folder/responder.key" -out "$folder/responder.csr" \
        -config "$folder/ca.cnf" -subj "/CN=EUSH TEST responder"
    openssl x509 -req -in "$folder/responder.csr" -CA "$folder/issuing.pem" -CAkey "$folder/issuing.key" -days 20 \
        -extfile "$folder/ca.cnf" -extensions responder -out "$folder/responder.pem"
    openssl pkcs8 -topk8 -nocrypt -in "$folder/leaf.key" -outform DER -out "$folder/leaf.pk8"
    for name in root issuing leaf; do
        openssl x509 -in "$folder/$name.pem" -outform DER -out "$folder/$name.der"
    done
    openssl crl -in "$folder/good.pem" -outform DER -out "$folder/good.crl"
    openssl crl -in "$folder/root-list.pem" -outform DER -out "$folder/root.crl"
} >"$folder/log" 2>&1 || fail "making an authority with openssl: $(tail -n 5 "$folder/log")"
printf 'content of a document\n' >"$folder/content"
printf 'content of another\n' >"$folder/other"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
later=$(date -u -d "+3 days" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -v+3d +%Y-%m-%dT%H:%M:%SZ)

# --- certificates and lists: OpenSSL makes, we judge ---------------------------------------------------------------
set -- "$folder/root.der" "$folder/issuing.der" "$folder/leaf.der"
expect "chain and lists of openssl" "TOTAL_PASSED -" "$judge" "$now" "$@" "$folder/good.crl" "$folder/root.crl"
openssl ca -gencrl -md sha1 -config "$folder/ca.cnf" -out "$folder/sha1.pem" -crlexts crl >"$folder/log" 2>&1 \
    || fail "making a list with SHA-1: $(tail -n 5 "$folder/log")"
openssl crl -in "$folder/sha1.pem" -outform DER -out "$folder/sha1.crl"
refuse "list signed with SHA-1" "$judge" "$now" "$@" "$folder/sha1.crl" "$folder/root.crl"
expect "no list" "INDETERMINATE REVOCATION_UNAVAILABLE" "$judge" "$now" "$@"
expect "stale list" "INDETERMINATE REVOCATION_STALE" "$judge" "$later" "$@" "$folder/good.crl" "$folder/root.crl"

# --- OCSP: we ask, OpenSSL answers, we judge ------------------------------------------------------------------------
"$ocsp" ask "$folder/leaf.der" "$folder/issuing.der" "$folder/request.der"
answer() { # signer, output
    openssl ocsp -index "$folder/index.txt" -CA "$folder/issuing.pem" -rsigner "$folder/$1.pem" -rkey "$folder/$1.key" \
        -reqin "$folder/request.der" -respout "$folder/$2" -ndays 1 >"$folder/log" 2>&1 \
        || fail "answering with openssl: $(tail -n 5 "$folder/log")"
}
set -- "$folder/leaf.der" "$folder/issuing.der"
answer responder good.ocsp
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
expect "answer of openssl's delegate" good "$ocsp" judge "$now" "$@" "$folder/good.ocsp"
answer issuing good-by-issuer.ocsp
expect "answer of openssl's issuer" good "$ocsp" judge "$now" "$@" "$folder/good-by-issuer.ocsp"
answer leaf by-leaf.ocsp
expect "answer of somebody not certified for it" untrusted "$ocsp" judge "$now" "$@" "$folder/by-leaf.ocsp"
expect "old answer" stale "$ocsp" judge "$later" "$@" "$folder/good.ocsp"
set -- "$folder/root.der" "$folder/issuing.der" "$folder/leaf.der"

{
    openssl ca -config "$folder/ca.cnf" -revoke "$folder/leaf.pem" -crl_hold holdInstructionNone
    openssl ca -gencrl -config "$folder/ca.cnf" -out "$folder/hold.pem" -crlexts crl
    openssl crl -in "$folder/hold.pem" -outform DER -out "$folder/hold.crl"
} >"$folder/log" 2>&1 || fail "putting on hold with openssl: $(tail -n 5 "$folder/log")"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
expect "hold by openssl" "INDETERMINATE CERTIFICATE_ON_HOLD" \
    "$judge" "$now" "$@" "$folder/hold.crl" "$folder/root.crl"

answer responder hold.ocsp
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
expect "hold by openssl's responder" revoked \
    "$ocsp" judge "$now" "$folder/leaf.der" "$folder/issuing.der" "$folder/hold.ocsp"
cat "$folder/root.pem" "$folder/issuing.pem" >"$folder/both.pem"

# --- CMS: we sign, OpenSSL verifies ---------------------------------------------------------------------------------
"$cms" sign "$folder/leaf.pk8" "$folder/leaf.der" "$folder/content" "$folder/ours.cms"
"$cms" sign "$folder/leaf.pk8" "$folder/leaf.der" "$folder/content" "$folder/ours-attached.cms" attached
verify="openssl cms -verify -binary -cades -inform DER -CAfile $folder/both.pem -purpose any -out /dev/null"
# shellcheck disable=SC2086 # words are meant to be split
{
    $verify -in "$folder/ours.cms" -content "$folder/content" >"$folder/out" 2>&1 || fail "openssl on ours: $(cat "$folder/out")"
    say "openssl verifies our detached signature"
    $verify -in "$folder/ours-attached.cms" >"$folder/out" 2>&1 || fail "openssl on ours, attached: $(cat "$folder/out")"
    say "openssl verifies our attached signature"
    refuse "openssl refuses ours over other content" $verify -in "$folder/ours.cms" -content "$folder/other"
}

# --- CMS: OpenSSL signs, we verify ----------------------------------------------------------------------------------
for options in "" "-nodetach" "-nodetach -stream" "-keyid"; do
    # shellcheck disable=SC2086 # words are meant to be split
    openssl cms -sign -cades -binary -md sha256 -signer "$folder/leaf.pem" -inkey "$folder/leaf.key" \
        -in "$folder/content" -outform DER -out "$folder/theirs.cms" -nosmimecap $options
    expect "we verify openssl's signature $options" "signer 0: rsa-sha256 Bound" \
        "$cms" verify "$folder/theirs.cms" "$folder/content"
    refuse "we refuse openssl's over other content $options" "$cms" verify "$folder/theirs.cms" "$folder/other"
done
openssl cms -sign -noattr -binary -md sha256 -signer "$folder/leaf.pem" -inkey "$folder/leaf.key" \
    -in "$folder/content" -outform DER -out "$folder/theirs.cms"
refuse "we refuse a signature without signed attributes" "$cms" verify "$folder/theirs.cms" "$folder/content"

# --- key stores: OpenSSL writes, we read ----------------------------------------------------------------------------
store() { # name, options...
    name=$1
    shift
    if openssl pkcs12 -export -inkey "$folder/leaf.key" -in "$folder/leaf.pem" -certfile "$folder/both.pem" \
        -passout pass:secret -out "$folder/store.p12" "$@" >"$folder/log" 2>&1; then
        expect "key store, $name" "rsa 3 certificates" "$cms" open "$folder/store.p12" secret
        refuse "key store, $name, another password" "$cms" open "$folder/store.p12" Secret
    else
        echo "skipped: this openssl writes no key store with $name"
    fi
}
store "AES-256 and SHA-256"
store "AES-128" -keypbe AES-128-CBC -certpbe AES-128-CBC
store "triple DES and RC2 of 40 bits" -legacy
store "triple DES" -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1
store "RC2 of 128 bits" -legacy -keypbe PBE-SHA1-RC2-128 -certpbe PBE-SHA1-RC2-128
store "plain certificates" -certpbe NONE
openssl pkcs12 -export -nomac -inkey "$folder/leaf.key" -in "$folder/leaf.pem" -passout pass:secret \
    -out "$folder/store.p12" >"$folder/log" 2>&1
refuse "key store without an integrity check" "$cms" open "$folder/store.p12" secret
