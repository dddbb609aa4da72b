//! The form of the national authority's own key stores, as its certificates' holders have them: BER of indefinite length,
//! the key first, under SHA-1 and triple DES, then the one certificate under RC2 with 40 bits, MAC with SHA-1, all of 1,024
//! rounds. Deliberately weak and old: what is tested with it is whether a client reads what people hold. Keys are test keys.
//!
//! Source: the authority's public test key stores, taken apart.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, InnerIvInit as _, KeyIvInit as _};
use eush_sign::asn1::{tag, writer};
use eush_sign::pkcs12::{Purpose, derive};
use eush_sign::{DigestAlgorithm, KeyError, oids};
use ring::hmac;

use super::{certificate_bag, data, key_bag, utf16};
use crate::{key, oid};

const ROUNDS: u32 = 1024;
const SALT: usize = 20;
/// Length of what ends where two zero bytes stand.
const INDEFINITE: u8 = 0x80;
const UNUSABLE: KeyError = KeyError::Invalid { reason: "the derived bytes are no key of the cipher" };

/// Makes the file: the key and its certificate, whose key identifier binds the two and names them for people.
pub(crate) fn file(pkcs8: &[u8], leaf: &[u8], key_id: &[u8], password: &str) -> Result<Vec<u8>, KeyError> {
    let attributes = attributes(key_id);
    let (algorithm, shrouded) = encrypt(Scheme::TripleDes, pkcs8, password)?;
    let keys = writer::sequence([key_bag(&algorithm, &shrouded, &attributes)]);
    let certificates = writer::sequence([certificate_bag(leaf, &attributes)]);
    let (algorithm, encrypted) = encrypt(Scheme::Rc2Of40Bits, &certificates, password)?;
    let content = indefinite(
        tag::SEQUENCE,
        &[
            writer::oid(&oids::DATA),
            algorithm,
            indefinite(tag::context_constructed(0), &[writer::octets(&encrypted)]),
        ],
    );
    let encrypted_data = indefinite(tag::SEQUENCE, &[writer::integer(0), content]);
    let info = |kind, content: Vec<u8>| {
        indefinite(tag::SEQUENCE, &[writer::oid(kind), indefinite(tag::context_constructed(0), &[content])])
    };
    let safe = indefinite(
        tag::SEQUENCE,
        &[info(&oids::DATA, writer::octets(&keys)), info(&oid::ENCRYPTED_DATA, encrypted_data)],
    );
    let mac = mac(&safe, password)?;
    Ok(writer::sequence([writer::integer(3), data(&safe), mac]))
}

fn indefinite(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    [vec![tag, INDEFINITE], parts.concat(), vec![0, 0]].concat()
}

fn attributes(key_id: &[u8]) -> Vec<u8> {
    let attribute = |oid, value| writer::sequence([writer::oid(oid), writer::set_of(vec![value])]);
    let name = crate::certificate::hex(key_id).to_lowercase();
    writer::set_of(vec![
        attribute(&oid::PKCS9_LOCAL_KEY_ID, writer::octets(key_id)),
        attribute(&oid::PKCS9_FRIENDLY_NAME, writer::tlv(tag::BMP_STRING, &utf16(&name))),
    ])
}

#[derive(Clone, Copy)]
enum Scheme {
    Rc2Of40Bits,
    TripleDes,
}

/// Algorithm identifier and ciphertext.
fn encrypt(scheme: Scheme, plain: &[u8], password: &str) -> Result<(Vec<u8>, Vec<u8>), KeyError> {
    let salt: [u8; SALT] = key::random()?;
    let derived = |purpose, length| derive(DigestAlgorithm::Sha1, purpose, password, &salt, ROUNDS, length);
    let iv = derived(Purpose::Iv, 8);
    let (oid, encrypted) = match scheme {
        Scheme::Rc2Of40Bits => {
            let cipher = rc2::Rc2::new_with_eff_key_len(&derived(Purpose::Key, 5), 40);
            let iv: [u8; 8] = iv.try_into().map_err(|_| UNUSABLE)?;
            let cipher = cbc::Encryptor::inner_iv_init(cipher, &iv.into());
            (&oid::PBE_SHA1_RC2_40, cipher.encrypt_padded_vec::<Pkcs7>(plain))
        }
        Scheme::TripleDes => {
            let cipher = cbc::Encryptor::<des::TdesEde3>::new_from_slices(&derived(Purpose::Key, 24), &iv);
            let cipher = cipher.map_err(|_| UNUSABLE)?;
            (&oid::PBE_SHA1_TRIPLE_DES, cipher.encrypt_padded_vec::<Pkcs7>(plain))
        }
    };
    let parameters = writer::sequence([writer::octets(&salt), writer::integer(u64::from(ROUNDS))]);
    Ok((writer::sequence([writer::oid(oid), parameters]), encrypted))
}

fn mac(content: &[u8], password: &str) -> Result<Vec<u8>, KeyError> {
    let salt: [u8; SALT] = key::random()?;
    let secret = derive(DigestAlgorithm::Sha1, Purpose::Mac, password, &salt, ROUNDS, 20);
    let value = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret), content);
    let algorithm = writer::sequence([writer::oid(&oids::SHA1), writer::null()]);
    let digest_info = writer::sequence([algorithm, writer::octets(value.as_ref())]);
    Ok(writer::sequence([digest_info, writer::octets(&salt), writer::integer(u64::from(ROUNDS))]))
}
