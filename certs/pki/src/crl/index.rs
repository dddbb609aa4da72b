//! Serial numbers, sorted, with a table of where each run of leading bits begins: a look-up touches a handful of entries
//! in one or two cache lines however long the list is. What an entry says stands beside its number wherever four bytes and
//! four bits can hold it, so that an answer costs no walk into the list itself; elsewhere the place of the entry does.

use std::ops::Range;

use super::entry::{RevocationReason, Revoked};
use crate::Timestamp;

/// Bytes of the longest serial number.
const SERIAL: usize = 20;

/// Serial number, left-padded with zeros, and a number of its entry.
pub(super) type Slot = ([u8; SERIAL], u32);

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
#[derive(Debug)]
enum Meaning {
    Place,
    /// Seconds since 1970. Codes of the reasons, two a byte.
    Seconds(Box<[u8]>),
}

/// What is found of a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// What the entry says.
    Entry(Revoked),
    /// Where the entry is.
    Place(u32),
}

/// See the module's words.
#[derive(Debug)]
pub(super) struct SerialIndex {
    slots: Box<[Slot]>,
    meaning: Meaning,
    /// `starts[b]..starts[b + 1]` are the slots whose bits after the common prefix are `b`.
    starts: Box<[u32]>,
    /// Bits that all numbers have in common at the front.
    prefix: u32,
    /// Bits that choose a run.
    width: u32,
}

impl Default for SerialIndex {
    fn default() -> Self {
        Self { slots: Box::default(), meaning: Meaning::Place, starts: Box::default(), prefix: 0, width: 0 }
    }
}

/// A serial number's magnitude as a key; `None` where it is too long for one.
pub(super) fn padded(magnitude: &[u8]) -> Option<[u8; SERIAL]> {
    let start = SERIAL.checked_sub(magnitude.len())?;
    let mut key = [0; SERIAL];
    key[start..].copy_from_slice(magnitude);
    Some(key)
}

impl SerialIndex {
    /// Of serial numbers in the order of the list, and what their entries say in the same order.
    pub(super) fn of(serials: impl ExactSizeIterator<Item = [u8; SERIAL]>, facts: &Facts) -> Self {
        // Ordinals fit, since places in the list do.
        let listed: Vec<Slot> = serials.zip(0..).collect();
        let keys = || listed.iter().map(|slot| &slot.0);
        let (Some(first), Some(last)) = (keys().min(), keys().max()) else { return Self::default() };
        let prefix = common_bits(first, last);
        // Between one and three slots a run, so that a look-up reads one or two cache lines of them, for at most three
        // bytes of table an entry.
        let width = (listed.len() / 4 * 3).max(1).ilog2().min(24);
        let runs = 1_usize << width;
        let mut starts = vec![0_u32; runs + 1];
        for slot in &listed {
            starts[run(&slot.0, prefix, width) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // Dealt out to their runs, which are then sorted each by itself: runs are short.
        let mut next = starts.clone();
        let mut slots = vec![([0; SERIAL], 0); listed.len()].into_boxed_slice();
        for slot in listed {
            let place = &mut next[run(&slot.0, prefix, width)];
            slots[*place as usize] = slot;
            *place += 1;
        }
        for bounds in starts.windows(2) {
            slots[bounds[0] as usize..bounds[1] as usize].sort_unstable_by_key(|slot| slot.0);
        }
        let meaning = meaning(&mut slots, facts);
        Self { slots, meaning, starts: starts.into_boxed_slice(), prefix, width }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes that the tables take.
    pub(super) fn bytes(&self) -> usize {
        let reasons = match &self.meaning {
            Meaning::Place => 0,
            Meaning::Seconds(reasons) => size_of_val(&**reasons),
        };
        size_of_val(&*self.slots) + size_of_val(&*self.starts) + reasons
    }

    /// Every entry of a serial number.
    pub(super) fn find(&self, magnitude: &[u8]) -> impl Iterator<Item = Found> {
        let found = padded(magnitude).map_or(0..0, |key| self.of_key(&key));
        found.map(|slot| {
            let number = self.slots[slot].1;
            match &self.meaning {
                Meaning::Place => Found::Place(number),
                Meaning::Seconds(reasons) => {
                    let code = u32::from(reasons[slot / 2] >> (slot % 2 * 4)) & 0xf;
                    Found::Entry(entry(number, code))
                }
            }
        })
    }

    fn of_key(&self, key: &[u8; SERIAL]) -> Range<usize> {
        let within = matches!((self.slots.first(), self.slots.last()),
            (Some(first), Some(last)) if first.0 <= *key && *key <= last.0);
        if !within {
            return 0..0;
        }
        // Between the first and the last number every key has their common prefix, so that the run is its own.
        let run = run(key, self.prefix, self.width);
        let first = self.starts[run] as usize;
        let slots = &self.slots[first..self.starts[run + 1] as usize];
        let begin = slots.partition_point(|slot| slot.0 < *key);
        let count = slots[begin..].iter().take_while(|slot| slot.0 == *key).count();
        first + begin..first + begin + count
    }
}

/// Puts in place of each ordinal what the entry says.
fn meaning(slots: &mut [Slot], facts: &Facts) -> Meaning {
    match facts {
        Facts::Places(places) => {
            slots.iter_mut().for_each(|slot| slot.1 = places[slot.1 as usize]);
            Meaning::Place
        }
        Facts::Entries(entries) => {
            let mut reasons = vec![0; slots.len().div_ceil(2)];
            for (place, slot) in slots.iter_mut().enumerate() {
                let (seconds, code) = entries[slot.1 as usize];
                slot.1 = seconds;
                reasons[place / 2] |= code << (place % 2 * 4);
            }
            Meaning::Seconds(reasons.into_boxed_slice())
        }
    }
}

// Both were numbers of an entry before, so that neither is out of range; were one to be, the serial number is on the list all
// the same.
fn entry(seconds: u32, code: u32) -> Revoked {
    let at = Timestamp::from_unix_timestamp(i64::from(seconds)).unwrap_or(Timestamp::UNIX_EPOCH);
    Revoked::new(at, RevocationReason::from_code(code).unwrap_or(RevocationReason::Unspecified))
}

fn common_bits(a: &[u8; SERIAL], b: &[u8; SERIAL]) -> u32 {
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
fn run(key: &[u8; SERIAL], prefix: u32, width: u32) -> usize {
    if width == 0 {
        return 0;
    }
    let begin = (prefix / 8) as usize;
    let mut window = [0; 8];
    for (to, from) in window.iter_mut().zip(key.get(begin..).unwrap_or_default()) {
        *to = *from;
    }
    let bits = (u64::from_be_bytes(window) << (prefix % 8)) >> (64 - width);
    // At most 24 bits.
    bits as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        // Numbers of a few shapes: random, sequential, short, all with one prefix.
        #[test]
        fn finds_what_a_map_finds(
            shape in 0_u8..4,
            seeds in proptest::collection::vec(any::<u32>(), 0..300),
            others in proptest::collection::vec(any::<u32>(), 0..50),
        ) {
            let number = |seed: &u32| -> Vec<u8> {
                let wide = u64::from(*seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let bytes = match shape {
                    0 => [&wide.to_be_bytes()[..], &wide.rotate_left(17).to_be_bytes(), &[1, 2, 3, 4]].concat(),
                    1 => (seed % 1000).to_be_bytes().to_vec(),
                    2 => vec![(seed % 256) as u8],
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
                let index = SerialIndex::of(keys.iter().copied(), &facts);
                for number in seeds.iter().chain(&others).map(number) {
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
