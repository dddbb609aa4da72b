//! Deterministic scalars, after RFC 6979 section 3.2 with HMAC over Streebog of the curve's width.
//!
//! Where the RFC feeds the digest through `bits2octets`, this feeds the digest as the standard reads it (a
//! little-endian number modulo q, 1 for 0), big-endian like the secret. No standard fixes nonces for GOST
//! signatures, so nothing depends on this choice but the bytes of our own test signatures, which stay the same
//! from run to run.

use crate::hash::{Hmac, Width};

/// The generator of RFC 6979: an endless row of scalars from 1 to q - 1.
pub(crate) struct Scalars {
    width: Width,
    key: Vec<u8>,
    value: Vec<u8>,
    /// q, big-endian.
    order: Vec<u8>,
    fresh: bool,
}

impl Scalars {
    /// Seeds the generator; `order` is q in little-endian, as wide as the digest.
    pub(crate) fn new(order: &[u8], material: &[&[u8]]) -> Self {
        let width = if order.len() == 32 { Width::Bits256 } else { Width::Bits512 };
        let mut scalars = Self {
            width,
            key: vec![0; order.len()],
            value: vec![1; order.len()],
            order: order.iter().rev().copied().collect(),
            fresh: true,
        };
        scalars.stir(0, material);
        scalars.stir(1, material);
        scalars
    }

    fn stir(&mut self, separator: u8, material: &[&[u8]]) {
        let mut hmac = Hmac::new(self.width, &self.key);
        hmac.update(&self.value);
        hmac.update(&[separator]);
        for part in material {
            hmac.update(part);
        }
        self.key = hmac.finish();
        self.step();
    }

    fn step(&mut self) {
        let mut hmac = Hmac::new(self.width, &self.key);
        hmac.update(&self.value);
        self.value = hmac.finish();
    }

    /// The next scalar from 1 to q - 1, little-endian.
    pub(crate) fn draw(&mut self) -> Vec<u8> {
        loop {
            if !self.fresh {
                self.stir(0, &[]);
            }
            self.fresh = false;
            self.step();
            let candidate = self.leading_bits();
            if candidate.iter().any(|byte| *byte != 0) && candidate < self.order {
                return candidate.into_iter().rev().collect();
            }
        }
    }

    /// As many leading bits of the value as q has (`bits2int`), big-endian.
    fn leading_bits(&self) -> Vec<u8> {
        let shift = self.order.first().map_or(0, |top| top.leading_zeros());
        let mut above = 0u8;
        self.value
            .iter()
            .map(|byte| {
                let pair = u16::from_be_bytes([above, *byte]);
                above = *byte;
                (pair >> shift) as u8
            })
            .collect()
    }
}
