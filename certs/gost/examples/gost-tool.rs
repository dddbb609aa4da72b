//! Signs and verifies from the command line, for scripts that compare this crate with another implementation.
//!
//! ```text
//! gost-tool digest  DIGEST                                 < message
//! gost-tool public  CURVE SEED
//! gost-tool sign    CURVE SEED DIGEST ENCODING             < message
//! gost-tool verify  CURVE KEY DIGEST ENCODING SIGNATURE    < message
//! ```
//!
//! CURVE is a name like `tc26-512-A`, DIGEST one of `streebog-256`, `streebog-512`, `gost-94-test` and
//! `gost-94-cryptopro`, ENCODING `kazakh` or `russian`; keys and signatures are hexadecimal. `verify` leaves with 1
//! when the signature is not good. Test keys only.

#![expect(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

use eush_gost::{Curve, Digest, Encoding, SigningKey, VerifyingKey};
use std::error::Error;
use std::io::Read;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["digest", algorithm] => println!("{}", to_hex(&digest(algorithm)?.of(&message()?))),
        ["public", set, seed] => {
            let key = SigningKey::derive(curve(set)?, seed.as_bytes())?;
            println!("{}", to_hex(key.verifying_key().to_bytes()));
        }
        ["sign", set, seed, algorithm, order] => {
            let key = SigningKey::derive(curve(set)?, seed.as_bytes())?;
            println!("{}", to_hex(&key.sign(digest(algorithm)?, &message()?, encoding(order)?)?));
        }
        ["verify", set, key, algorithm, order, signature] => {
            let key = VerifyingKey::from_bytes(curve(set)?, &from_hex(key)?)?;
            key.verify(digest(algorithm)?, &message()?, &from_hex(signature)?, encoding(order)?)?;
            println!("good");
        }
        _ => return Err("usage: gost-tool digest | public | sign | verify, see the source".into()),
    }
    Ok(())
}

fn message() -> Result<Vec<u8>, std::io::Error> {
    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message)?;
    Ok(message)
}

fn curve(name: &str) -> Result<Curve, Box<dyn Error>> {
    let found = Curve::ALL.into_iter().find(|curve| curve.to_string() == name);
    found.ok_or_else(|| format!("unknown curve `{name}`").into())
}

fn digest(name: &str) -> Result<Digest, Box<dyn Error>> {
    match name {
        "gost-94-cryptopro" => Ok(Digest::Gost94CryptoPro),
        "gost-94-test" => Ok(Digest::Gost94Test),
        "streebog-256" => Ok(Digest::Streebog256),
        "streebog-512" => Ok(Digest::Streebog512),
        _ => Err(format!("unknown digest `{name}`").into()),
    }
}

fn encoding(name: &str) -> Result<Encoding, Box<dyn Error>> {
    match name {
        "kazakh" => Ok(Encoding::Kazakh),
        "russian" => Ok(Encoding::Russian),
        _ => Err(format!("unknown encoding `{name}`").into()),
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err("not hexadecimal".into());
    }
    (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(&text[at..at + 2], 16)?)).collect()
}
