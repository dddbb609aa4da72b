//! Streebog, GOST R 34.11-2012, RFC 6986.
//!
//! Substitution, transposition and linear map are one pass over eight tables of 256 words, which also makes it
//! variable time through the cache. RustCrypto's implementation is the oracle of the tests.

use super::tables::{LPS, ROUND_CONSTANTS};
use crate::limbs::{self, Limbs};

const BLOCK: usize = 64;

type State = Limbs<8>;

/// The two widths of the digest, which also differ in the initial state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Bits256,
    Bits512,
}

/// A Streebog computation under way.
#[derive(Clone, Debug)]
pub(crate) struct Streebog {
    width: Width,
    hash: State,
    bits: State,
    sum: State,
    buffer: [u8; BLOCK],
    filled: usize,
}

impl Streebog {
    pub(crate) fn new(width: Width) -> Self {
        let hash = match width {
            Width::Bits256 => [0x0101_0101_0101_0101; 8],
            Width::Bits512 => [0; 8],
        };
        Self { width, hash, bits: [0; 8], sum: [0; 8], buffer: [0; BLOCK], filled: 0 }
    }

    pub(crate) fn update(&mut self, mut data: &[u8]) {
        if self.filled > 0 {
            let take = data.len().min(BLOCK - self.filled);
            let (head, rest) = data.split_at(take);
            self.buffer[self.filled..self.filled + take].copy_from_slice(head);
            self.filled += take;
            data = rest;
            if self.filled < BLOCK {
                return;
            }
            let block = self.buffer;
            self.block(&block, BLOCK);
            self.filled = 0;
        }
        let (blocks, rest) = data.as_chunks::<BLOCK>();
        for block in blocks {
            self.block(block, BLOCK);
        }
        self.buffer[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let mut last = [0; BLOCK];
        last[..self.filled].copy_from_slice(&self.buffer[..self.filled]);
        last[self.filled] = 1;
        self.block(&last, self.filled);
        compress(&mut self.hash, &[0; 8], &self.bits);
        compress(&mut self.hash, &[0; 8], &self.sum);
        let bytes = limbs::to_le_bytes(&self.hash);
        match self.width {
            Width::Bits256 => bytes[BLOCK / 2..].to_vec(),
            Width::Bits512 => bytes,
        }
    }

    /// Works in one block, of which `length` bytes are message.
    fn block(&mut self, block: &[u8; BLOCK], length: usize) {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        compress(&mut self.hash, &self.bits, &words);
        self.bits = limbs::add_small(&self.bits, 8 * length as u64).0;
        self.sum = limbs::add(&self.sum, &words).0;
    }
}

/// The compression function g_N.
fn compress(hash: &mut State, bits: &State, message: &State) {
    let mut key = lps(&xor(hash, bits));
    let mut state = *message;
    for constant in &ROUND_CONSTANTS {
        state = lps(&xor(&state, &key));
        key = lps(&xor(&key, constant));
    }
    for i in 0..8 {
        hash[i] ^= state[i] ^ key[i] ^ message[i];
    }
}

#[inline(always)]
fn xor(a: &State, b: &State) -> State {
    std::array::from_fn(|i| a[i] ^ b[i])
}

/// Substitution, transposition and linear map.
#[inline(always)]
fn lps(state: &State) -> State {
    let mut out = [0; 8];
    for (word, table) in state.iter().zip(&LPS) {
        for (byte, sum) in word.to_le_bytes().iter().zip(&mut out) {
            *sum ^= table[usize::from(*byte)];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &[u8], wide: &str, narrow: &str) {
        for (width, expected) in [(Width::Bits512, wide), (Width::Bits256, narrow)] {
            let mut hasher = Streebog::new(width);
            hasher.update(message);
            // The standard prints the digest as one number; its bytes in memory are the reverse.
            let printed: String = hasher.finish().iter().rev().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(printed, expected.split_whitespace().collect::<String>());
        }
    }

    #[test]
    fn the_examples_of_rfc_6986_section_10() {
        // The first message is the digits 0 to 9 over and over, 63 of them.
        let digits: Vec<u8> = (0..63).map(|i| b'0' + i % 10).collect();
        check(
            &digits,
            "486f64c1917879417fef082b3381a4e2 11c324f074654c38823a7b76f830ad00
             fa1fbae42b1285c0352f227524bc9ab1 6254288dd6863dccd5b9f54a1ad0541b",
            "00557be5e584fd52a449b16b0251d05d 27f94ab76cbaa6da890b59d8ef1e159d",
        );
        let second =
            b"\xd1\xe5\x20\xe2\xe5\xf2\xf0\xe8\x2c\x20\xd1\xf2\xf0\xe8\xe1\xee\xe6\xe8\x20\xe2\xed\xf3\
            \xf6\xe8\x2c\x20\xe2\xe5\xfe\xf2\xfa\x20\xf1\x20\xec\xee\xf0\xff\x20\xf1\xf2\xf0\xe5\xeb\xe0\xec\
            \xe8\x20\xed\xe0\x20\xf5\xf0\xe0\xe1\xf0\xfb\xff\x20\xef\xeb\xfa\xea\xfb\x20\xc8\xe3\xee\xf0\xe5\
            \xe2\xfb";
        check(
            second,
            "28fbc9bada033b1460642bdcddb90c3f b3e56c497ccd0f62b8a2ad4935e85f03
             7613966de4ee00531ae60f3b5a47f8da e06915d5f2f194996fcabf2622e6881e",
            "508f7e553c06501d749a66fc28c6cac0 b005746d97537fa85d9e40904efed29d",
        );
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_oracle_however_the_message_is_cut(
            message in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400),
            cuts in proptest::collection::vec(0usize..400, 0..6),
        ) {
            use streebog::Digest;
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(message.len())).collect();
            cuts.push(0);
            cuts.push(message.len());
            cuts.sort_unstable();
            for width in [Width::Bits256, Width::Bits512] {
                let mut ours = Streebog::new(width);
                for pair in cuts.windows(2) {
                    ours.update(&message[pair[0]..pair[1]]);
                }
                let oracle = match width {
                    Width::Bits256 => streebog::Streebog256::digest(&message).to_vec(),
                    Width::Bits512 => streebog::Streebog512::digest(&message).to_vec(),
                };
                proptest::prop_assert_eq!(ours.finish(), oracle);
            }
        }
    }
}
