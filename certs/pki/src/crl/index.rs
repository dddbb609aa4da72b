//! Serial numbers, sorted, with a table of where each run of leading bits begins: a look-up touches a handful of entries
//! in one or two cache lines however long the list is.

/// Bytes of the longest serial number.
const SERIAL: usize = 20;

/// Serial number, left-padded with zeros, and the place of its entry.
pub(super) type Slot = ([u8; SERIAL], u32);

/// See the module's words.
#[derive(Debug, Default)]
pub(super) struct SerialIndex {
    slots: Box<[Slot]>,
    /// `starts[b]..starts[b + 1]` are the slots whose bits after the common prefix are `b`.
    starts: Box<[u32]>,
    /// Bits that all numbers have in common at the front.
    prefix: u32,
    /// Bits that choose a run.
    width: u32,
}

/// A serial number's magnitude as a key; `None` where it is too long for one.
pub(super) fn padded(magnitude: &[u8]) -> Option<[u8; SERIAL]> {
    let start = SERIAL.checked_sub(magnitude.len())?;
    let mut key = [0; SERIAL];
    key[start..].copy_from_slice(magnitude);
    Some(key)
}

impl SerialIndex {
    pub(super) fn of(mut slots: Vec<Slot>) -> Self {
        slots.sort_unstable_by_key(|slot| slot.0);
        let slots = slots.into_boxed_slice();
        let (Some(first), Some(last)) = (slots.first(), slots.last()) else { return Self::default() };
        let prefix = common_bits(&first.0, &last.0);
        // Between one and three slots a run, so that a look-up reads one or two cache lines of them, for at most three
        // bytes of table an entry.
        let width = (slots.len() / 4 * 3).max(1).ilog2().min(24);
        let runs = 1_usize << width;
        let mut starts = vec![0_u32; runs + 1];
        for slot in &slots {
            starts[run(&slot.0, prefix, width) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { slots, starts: starts.into_boxed_slice(), prefix, width }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes that the tables take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.starts)
    }

    /// Places of every entry of a serial number.
    pub(super) fn places(&self, magnitude: &[u8]) -> impl Iterator<Item = u32> {
        let found: &[Slot] = padded(magnitude).map_or(&[], |key| self.of_key(&key));
        found.iter().map(|slot| slot.1)
    }

    fn of_key(&self, key: &[u8; SERIAL]) -> &[Slot] {
        let within = matches!((self.slots.first(), self.slots.last()),
            (Some(first), Some(last)) if first.0 <= *key && *key <= last.0);
        if !within {
            return &[];
        }
        // Between the first and the last number every key has their common prefix, so that the run is its own.
        let run = run(key, self.prefix, self.width);
        let slots = &self.slots[self.starts[run] as usize..self.starts[run + 1] as usize];
        let begin = slots.partition_point(|slot| slot.0 < *key);
        let count = slots[begin..].iter().take_while(|slot| slot.0 == *key).count();
        &slots[begin..begin + count]
    }
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
            let mut expected: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
            let mut slots = Vec::new();
            for (place, seed) in seeds.iter().enumerate() {
                let place = u32::try_from(place).unwrap();
                expected.entry(number(seed)).or_default().push(place);
                slots.push((padded(&number(seed)).unwrap(), place));
            }
            let index = SerialIndex::of(slots);
            for number in seeds.iter().chain(&others).map(number) {
                let mut found: Vec<u32> = index.places(&number).collect();
                found.sort_unstable();
                prop_assert_eq!(found, expected.get(&number).cloned().unwrap_or_default());
            }
            prop_assert_eq!(index.places(&[0xff; 21]).count(), 0);
        }
    }
}
