//! Serial numbers, sorted, with a table of where each run of leading bits begins: a look-up touches one place of that table,
//! which stays in caches, and a cache line or two of the numbers, however long the list is. What an entry says stands in the
//! same 24 bytes as its number wherever four bytes and a reason can say it, so that an answer costs no walk anywhere else;
//! elsewhere the place of the entry in the list stands there.

use super::entry::{RevocationReason, Revoked};
use crate::Timestamp;

/// Bytes of the longest serial number.
const SERIAL: usize = 20;
/// Bits of a number that its run implies at least, and that its slot leaves out.
const IMPLIED: u32 = 8;
/// Bits by which a key's place within its run is guessed.
const SHARE: u32 = 16;
/// Slots beside the guess that are looked through one by one.
const NEAR: usize = 16;

/// A serial number, left-padded with zeros.
pub(super) type Key = [u8; SERIAL];

/// What the entries say, in the order of the list.
#[derive(Debug)]
pub(super) enum Facts {
    /// Seconds since 1970, and the reason's code.
    Entries(Vec<(u32, u8)>),
    /// Places in the list: entries say more than a date and a reason, or not all are of one issuer.
    Places(Vec<u32>),
}

impl Facts {
    /// The date and the reason of an entry that says no more than that.
    pub(super) fn of(revoked: &Revoked) -> Option<(u32, u8)> {
        let seconds = u32::try_from(revoked.at.unix_timestamp()).ok()?;
        let code = u8::try_from(revoked.reason.code()).ok()?;
        revoked.invalid_since.is_none().then_some((seconds, code))
    }
}

/// What a slot's number means.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    Place,
    /// Seconds since 1970; the reason's code stands beside it.
    Seconds,
}

/// What is found of a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// What the entry says.
    Entry(Revoked),
    /// Where the entry is.
    Place(u32),
}

/// The last nineteen bytes of a serial number, and what is said of it. The run implies the first byte.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    high: u64,
    middle: u64,
    /// Three bytes of the number, and the reason's code below them.
    low: u32,
    number: u32,
}

impl Slot {
    fn of(key: &Key, code: u8, number: u32) -> Self {
        let [_, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = *key;
        Self {
            high: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            middle: u64::from_be_bytes([i, j, k, l, m, n, o, p]),
            low: u32::from_be_bytes([q, r, s, code]),
            number,
        }
    }

    /// The number alone, in the order of numbers.
    fn key(&self) -> (u64, u64, u32) {
        (self.high, self.middle, self.low >> 8)
    }

    fn code(&self) -> u32 {
        self.low & 0xff
    }
}

/// See the module's words.
#[derive(Debug)]
pub(super) struct SerialIndex {
    slots: Box<[Slot]>,
    meaning: Meaning,
    /// `starts[b]..starts[b + 1]` are the slots whose bits after the common prefix are `b`.
    starts: Box<[u32]>,
    /// A number of the list: every other has its first bits.
    any: Key,
    /// Bits that all numbers have in common at the front.
    prefix: u32,
    /// Bits that choose a run.
    width: u32,
}

impl Default for SerialIndex {
    fn default() -> Self {
        let (slots, starts) = (Box::default(), Box::default());
        Self { slots, meaning: Meaning::Place, starts, any: [0; SERIAL], prefix: 0, width: 0 }
    }
}

/// A serial number's magnitude as a key; `None` where it is too long for one.
pub(super) fn padded(magnitude: &[u8]) -> Option<Key> {
    let start = SERIAL.checked_sub(magnitude.len())?;
    let mut key = [0; SERIAL];
    key[start..].copy_from_slice(magnitude);
    Some(key)
}

impl SerialIndex {
    /// Of serial numbers in the order of the list, and what their entries say in the same order.
    pub(super) fn of(keys: &[Key], facts: &Facts) -> Self {
        let (Some(first), Some(last)) = (keys.iter().min(), keys.iter().max()) else {
            return Self::default();
        };
        let prefix = common_bits(first, last);
        // Sixteen to thirty-two slots a run keep the table small; within a run the search begins near where it ends. Short
        // lists have runs enough to imply what slots leave out.
        let width = (keys.len().ilog2().saturating_sub(4)).min(24).max(IMPLIED.saturating_sub(prefix));
        let mut starts = vec![0_u32; (1_usize << width) + 1];
        for key in keys {
            starts[run(key, prefix, width) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // Dealt out to their runs, which are then sorted each by itself: runs are short.
        let mut next = starts.clone();
        let mut slots = vec![Slot::default(); keys.len()].into_boxed_slice();
        let mut deal = |key: &Key, code, number| {
            let place = &mut next[run(key, prefix, width)];
            slots[*place as usize] = Slot::of(key, code, number);
            *place += 1;
        };
        let meaning = match facts {
            Facts::Entries(facts) => {
                keys.iter().zip(facts).for_each(|(key, (seconds, code))| deal(key, *code, *seconds));
                Meaning::Seconds
            }
            Facts::Places(places) => {
                keys.iter().zip(places).for_each(|(key, place)| deal(key, 0, *place));
                Meaning::Place
            }
        };
        for bounds in starts.windows(2) {
            slots[bounds[0] as usize..bounds[1] as usize].sort_unstable_by_key(Slot::key);
        }
        Self { slots, meaning, starts: starts.into_boxed_slice(), any: *first, prefix, width }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes that the tables take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.starts)
    }

    /// Every entry of a serial number.
    pub(super) fn find(&self, magnitude: &[u8]) -> impl Iterator<Item = Found> {
        let found = padded(magnitude).map_or(&[][..], |key| self.of_key(&key));
        found.iter().map(|slot| match self.meaning {
            Meaning::Place => Found::Place(slot.number),
            Meaning::Seconds => Found::Entry(entry(slot.number, slot.code())),
        })
    }

    fn of_key(&self, key: &Key) -> &[Slot] {
        if self.slots.is_empty() || common_bits(key, &self.any) < self.prefix {
            return &[];
        }
        // With the common prefix, a key's run is its own, and implies the byte that slots leave out.
        let (run, share) = run_and_share(key, self.prefix, self.width);
        let slots = &self.slots[self.starts[run] as usize..self.starts[run + 1] as usize];
        let key = Slot::of(key, 0, 0).key();
        let slots = &slots[first_from(slots, key, share)..];
        &slots[..slots.iter().take_while(|slot| slot.key() == key).count()]
    }
}

/// Where the first slot stands that is not below a key. Numbers of an authority are as good as random, so that the search
/// begins where the key would stand if they were spread evenly; where it does not stand near there, the run is halved.
fn first_from(slots: &[Slot], key: (u64, u64, u32), share: usize) -> usize {
    let mut at = (slots.len() * share) >> SHARE;
    for _ in 0..NEAR {
        if at > 0 && slots[at - 1].key() >= key {
            at -= 1;
        } else if at < slots.len() && slots[at].key() < key {
            at += 1;
        } else {
            return at;
        }
    }
    slots.partition_point(|slot| slot.key() < key)
}

// Both were numbers of an entry before, so that neither is out of range; were one to be, the serial number is on the list all
// the same.
fn entry(seconds: u32, code: u32) -> Revoked {
    let at = Timestamp::from_unix_timestamp(i64::from(seconds)).unwrap_or(Timestamp::UNIX_EPOCH);
    Revoked::new(at, RevocationReason::from_code(code).unwrap_or(RevocationReason::Unspecified))
}

fn common_bits(a: &Key, b: &Key) -> u32 {
    let mut bits = 0;
    for (a, b) in a.iter().zip(b) {
        let same = (a ^ b).leading_zeros();
        bits += same;
        if same < 8 {
            break;
        }
    }
    bits
}

/// The `width` bits after the first `prefix` ones.
fn run(key: &Key, prefix: u32, width: u32) -> usize {
    run_and_share(key, prefix, width).0
}

/// The same, and the bits after them: how far into the run a key stands, in parts of `1 << SHARE`.
fn run_and_share(key: &Key, prefix: u32, width: u32) -> (usize, usize) {
    let begin = (prefix / 8) as usize;
    let mut window = [0; 8];
    for (to, from) in window.iter_mut().zip(key.get(begin..).unwrap_or_default()) {
        *to = *from;
    }
    // At most 24 bits of the run, and those of the share.
    let bits = (u64::from_be_bytes(window) << (prefix % 8)) >> (64 - width - SHARE);
    ((bits >> SHARE) as usize, (bits & ((1 << SHARE) - 1)) as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        // Numbers of a few shapes: random, sequential, short, sequential with a few far away, all with one prefix.
        #[test]
        fn finds_what_a_map_finds(
            shape in 0_u8..5,
            seeds in proptest::collection::vec(any::<u32>(), 0..300),
            others in proptest::collection::vec(any::<u32>(), 0..50),
        ) {
            let number = |seed: &u32| -> Vec<u8> {
                let wide = u64::from(*seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let bytes = match shape {
                    0 => [&wide.to_be_bytes()[..], &wide.rotate_left(17).to_be_bytes(), &[1, 2, 3, 4]].concat(),
                    1 => (seed % 1000).to_be_bytes().to_vec(),
                    2 => vec![(seed % 256) as u8],
                    3 if seed.is_multiple_of(17) => [&wide.to_be_bytes()[..], &[9; 12]].concat(),
                    3 => (seed % 1000).to_be_bytes().to_vec(),
                    _ => [&[7; 12][..], &wide.to_be_bytes()].concat(),
                };
                let skip = bytes.iter().take_while(|&&byte| byte == 0).count();
                bytes[skip..].to_vec()
            };
            let codes = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10];
            let fact = |place: usize| (u32::MAX - u32::try_from(place).unwrap(), codes[place % codes.len()]);
            let mut expected: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
            for (place, seed) in seeds.iter().enumerate() {
                expected.entry(number(seed)).or_default().push(place);
            }
            let keys: Vec<_> = seeds.iter().map(|seed| padded(&number(seed)).unwrap()).collect();
            let places = (0..).take(keys.len()).collect();
            let entries = (0..keys.len()).map(fact).collect();
            for (facts, by_place) in [(Facts::Places(places), true), (Facts::Entries(entries), false)] {
                let index = SerialIndex::of(&keys, &facts);
                // With another first byte it is another number, though the run implies that byte.
                let neighbour = |number: Vec<u8>| {
                    let mut key = padded(&number).unwrap();
                    key[0] ^= 0x11;
                    key[key.iter().take_while(|&&byte| byte == 0).count()..].to_vec()
                };
                let numbers = seeds.iter().chain(&others).map(number);
                for number in numbers.clone().chain(numbers.map(neighbour)) {
                    let found = index.find(&number).map(|found| match found {
                        Found::Place(place) => usize::try_from(place).unwrap(),
                        Found::Entry(revoked) => {
                            let found = Facts::of(&revoked).unwrap();
                            (0..keys.len()).find(|place| fact(*place) == found).unwrap()
                        }
                    });
                    let mut found: Vec<usize> = found.collect();
                    found.sort_unstable();
                    prop_assert_eq!(found, expected.get(&number).cloned().unwrap_or_default(), "{}", by_place);
                }
                prop_assert_eq!(index.find(&[0xff; 21]).count(), 0);
            }
        }
    }
}
