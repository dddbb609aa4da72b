//! Signs and verifies CMS on files, for the interoperability scripts under `tests/interop`.
//!
//! `cms sign KEY.pk8 LEAF.der CONTENT OUT [attached]`, `cms verify CMS.der CONTENT`, `cms open STORE.p12 PASSWORD`.
#![expect(clippy::print_stdout, reason = "an example that talks to a shell script")]

use std::error::Error;

use eush_sign::cms::{Attachment, SignedData, Signing};
use eush_sign::pkcs12::KeyStore;
use eush_sign::{PublicKey, SigningKey};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["sign", key, leaf, content, out] => sign(key, leaf, content, out, Attachment::Detached),
        ["sign", key, leaf, content, out, "attached"] => sign(key, leaf, content, out, Attachment::Attached),
        ["verify", cms, content] => verify(cms, content),
        ["open", store, password] => open(store, password),
        _ => Err("usage: cms sign KEY LEAF CONTENT OUT [attached] | cms verify CMS CONTENT | cms open P12 PASSWORD".into()),
    }
}

fn sign(
    key: &str,
    leaf: &str,
    content: &str,
    out: &str,
    attachment: Attachment,
) -> Result<(), Box<dyn Error>> {
    let key = SigningKey::from_pkcs8_der(&std::fs::read(key)?)?;
    // An example has no bus to ask for the time; the instant is the file's.
    let signing_time = std::fs::metadata(content)?.modified()?.into();
    let leaf = std::fs::read(leaf)?;
    let signing = Signing { key: &key, leaf: &leaf, chain: &[], signing_time, attachment };
    std::fs::write(out, signing.sign(&std::fs::read(content)?)?)?;
    Ok(())
}

fn verify(cms: &str, content: &str) -> Result<(), Box<dyn Error>> {
    let data = SignedData::parse(&std::fs::read(cms)?)?;
    let content = std::fs::read(content)?;
    for (index, signer) in data.signers().iter().enumerate() {
        let candidates = data.candidates(signer);
        let leaf = candidates.first().ok_or("the signer's certificate is not embedded")?;
        let key = PublicKey::from_certificate_der(leaf)?;
        data.verify_signer(index, Some(&content), &key)?;
        println!("signer {index}: {} {:?}", signer.algorithm().name(), signer.binds(leaf));
    }
    Ok(())
}

fn open(store: &str, password: &str) -> Result<(), Box<dyn Error>> {
    let store = KeyStore::parse(&std::fs::read(store)?, password)?;
    let (key, chain) = store.identity().ok_or("no key has a certificate")?;
    println!("{} {} certificates", key.public_key().algorithm().name(), chain.len());
    Ok(())
}
