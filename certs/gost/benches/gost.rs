//! What verifying costs, told as a ratio: `ring` verifying RSA-2048 in the same run is the unit, because a ratio
//! survives a change of machine and a microsecond does not.
//!
//! `cargo bench -p eush-gost`; with names of sets after `--`, as in `-- tc26-512-A`, only these. Where `openssl` has the
//! GOST engine, its numbers stand beside ours.

#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]

use eush_gost::{Curve, Digest, Encoding, SigningKey, VerifyingKey};
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

/// A public key and a signature over `message`; the secret key was thrown away.
const RSA_KEY: &[u8] = include_bytes!("data/rsa2048_public.der");
const RSA_SIGNATURE: &[u8] = include_bytes!("data/rsa2048.sig");
/// Rounds of which the fastest counts: the others were disturbed. Many short ones find quiet moments on a busy
/// machine.
const ROUNDS: usize = 150;
/// A call longer than a round gets fewer rounds.
const LIMIT: Duration = Duration::from_secs(2);
/// Bytes the engine digests at a time.
const MESSAGE: usize = 20_000_000;
const ROUND: Duration = Duration::from_millis(3);

/// Microseconds a call, in the fastest round.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn time(mut call: impl FnMut()) -> f64 {
    call();
    let mut best = f64::INFINITY;
    let all = Instant::now();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut calls = 0u32;
        while start.elapsed() < ROUND {
            call();
            calls += 1;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
        if all.elapsed() > LIMIT {
            break;
        }
    }
    best
}

fn rsa() -> f64 {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, RSA_KEY);
    time(|| assert!(public.verify(b"message", black_box(RSA_SIGNATURE)).is_ok()))
}

fn curve(curve: Curve, unit: f64) -> Result<(), Box<dyn std::error::Error>> {
    let key = SigningKey::derive(curve, b"benchmark")?;
    let digest = vec![0x5a; curve.width()];
    let signature = key.sign_digest(&digest, Encoding::Kazakh)?;
    let bytes = key.verifying_key().to_bytes();
    let first = time(|| {
        // Reading the key is part of meeting it for the first time.
        let public = VerifyingKey::from_bytes(curve, black_box(bytes));
        assert!(public.is_ok_and(|key| key.verify_digest(&digest, &signature, Encoding::Kazakh).is_ok()));
    });
    let prepared_key = key.verifying_key().prepare();
    let prepared = time(|| {
        assert!(prepared_key.verify_digest(black_box(&digest), &signature, Encoding::Kazakh).is_ok());
    });
    let preparing = time(|| {
        black_box(key.verifying_key().prepare());
    });
    let signing = time(|| {
        black_box(key.sign_digest(black_box(&digest), Encoding::Kazakh).is_ok());
    });
    println!(
        "{:<12} first seen {first:7.1} us {:5.2} x   prepared {prepared:6.1} us {:5.2} x   preparing {preparing:7.1} us   \
         signing {signing:6.1} us",
        curve.to_string(),
        first / unit,
        prepared / unit,
    );
    Ok(())
}

/// A quarter of a megabyte a call, so that a call fits between two disturbances.
fn digest(digest: Digest, name: &str) {
    let message: Vec<u8> = (0..MESSAGE / 80).map(|i| i as u8).collect();
    let whole = time(|| {
        black_box(digest.of(black_box(&message)));
    });
    println!("{name:<21} {:6.1} MB/s", message.len() as f64 / whole);
}

/// What the engine of OpenSSL does with the same 20 MB, the start of the process taken off.
fn engine() -> std::io::Result<()> {
    let file = std::env::temp_dir().join(format!("eush-gost-bench-{}", std::process::id()));
    let empty = file.with_extension("empty");
    std::fs::write(&file, vec![0x5a; MESSAGE])?;
    std::fs::write(&empty, [])?;
    for algorithm in ["md_gost12_512", "md_gost12_256", "md_gost94"] {
        let run = |path: &std::path::Path| {
            let run = Command::new("openssl")
                .args(["dgst", "-engine", "gost", &format!("-{algorithm}")])
                .arg(path)
                .stderr(std::process::Stdio::null())
                .output();
            run.is_ok_and(|output| output.status.success())
        };
        if run(&file) {
            let whole = time(|| assert!(run(&file))) - time(|| assert!(run(&empty)));
            println!("engine {algorithm:<14} {:6.1} MB/s", MESSAGE as f64 / whole);
        } else {
            println!("engine {algorithm:<14} skipped: no openssl with the gost engine");
        }
    }
    std::fs::remove_file(&file)?;
    std::fs::remove_file(&empty)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let unit = rsa();
    println!("ring RSA-2048 verify {unit:.1} us: the unit of the ratios below");
    // Cargo adds a flag of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with("--")).collect();
    for set in Curve::ALL {
        if wanted.is_empty() || wanted.contains(&set.to_string()) {
            curve(set, unit)?;
        }
    }
    println!("ring RSA-2048 verify {:.1} us, again", rsa());
    if !wanted.is_empty() {
        return Ok(());
    }
    digest(Digest::Streebog512, "streebog-512");
    digest(Digest::Streebog256, "streebog-256");
    digest(Digest::Gost94Test, "gost-94");
    engine()?;
    Ok(())
}
