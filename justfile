# Names for plain cargo commands. Nobody needs `just`; everything here can be typed.

# Start the bus and keep it.
up *ARGS:
    cargo run --release -- up {{ARGS}}

# Play every case of the demo.
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# The README's test command.
test:
    cargo test --workspace

# Format check and lints, as in CI.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Write the generated documents anew: ERRORS.md, CONFIG.md, eush.full.toml, snapshots of references.
generate:
    EUSH_BLESS=1 cargo test --workspace --quiet

# Exactly what CI runs.
check:
    bash .ci/run

# Fuzz one target of certs/pki: certificate, cms, crl, ocsp, pkcs12 or subject. Needs `cargo install cargo-fuzz`.
fuzz TARGET SECONDS="620":
    cd certs/pki && RUSTC_BOOTSTRAP=1 cargo fuzz run -s none {{TARGET}} -- -max_total_time={{SECONDS}} -max_len=16384
