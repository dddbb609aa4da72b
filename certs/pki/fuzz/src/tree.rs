//! Mutating DER as a tree: lengths stay right whatever is changed, so that parsers are reached behind the first byte.

use eush_sign::asn1::writer;

/// One value.
#[derive(Clone)]
pub struct Node {
    tag: u8,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Bytes(Vec<u8>),
    /// Values within; `prefix` is the count of unused bits where a BIT STRING holds them.
    Values {
        prefix: &'static [u8],
        values: Vec<Node>,
    },
}

const DEPTH: u8 = 30;

/// Reads a whole run of values; `None` where it is none.
fn values(mut bytes: &[u8], depth: u8) -> Option<Vec<Node>> {
    let depth = depth.checked_sub(1)?;
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (&tag, rest) = bytes.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return None;
            }
            length = rest.get(..count)?.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
            rest = &rest[count..];
        }
        let contents = rest.get(..length)?;
        bytes = &rest[length..];
        found.push(Node { tag, body: body(tag, contents, depth) });
    }
    Some(found)
}

fn body(tag: u8, contents: &[u8], depth: u8) -> Body {
    let within = |prefix, bytes: &[u8]| match values(bytes, depth) {
        Some(values) => Body::Values { prefix, values },
        None => Body::Bytes(contents.to_vec()),
    };
    match (tag, contents) {
        (tag, _) if tag & 0x20 != 0 => within(&[], contents),
        // Strings that hold one SEQUENCE, INTEGER or the like: extensions, keys, contents.
        (0x04, [0x02..=0x06 | 0x0a | 0x30 | 0x31, ..]) => within(&[], contents),
        (0x03, [0, inner @ ..]) if inner.first() == Some(&0x30) => within(&[0], inner),
        _ => Body::Bytes(contents.to_vec()),
    }
}

impl Node {
    fn write(&self, out: &mut Vec<u8>) {
        match &self.body {
            Body::Bytes(bytes) => out.extend(writer::tlv(self.tag, bytes)),
            Body::Values { prefix, values } => {
                let mut inner = prefix.to_vec();
                values.iter().for_each(|value| value.write(&mut inner));
                out.extend(writer::tlv(self.tag, &inner));
            }
        }
    }

    fn count(&self) -> usize {
        match &self.body {
            Body::Bytes(_) => 1,
            Body::Values { values, .. } => 1 + values.iter().map(Self::count).sum::<usize>(),
        }
    }
}

fn count(values: &[Node]) -> usize {
    values.iter().map(Node::count).sum()
}

/// The siblings among which the node of a number stands, and its place there.
fn find(values: &mut Vec<Node>, mut number: usize) -> Option<(&mut Vec<Node>, usize)> {
    let mut place = None;
    for (index, value) in values.iter().enumerate() {
        let size = value.count();
        if number < size {
            place = Some(index);
            break;
        }
        number -= size;
    }
    let place = place?;
    if number == 0 {
        return Some((values, place));
    }
    match &mut values[place].body {
        Body::Bytes(_) => None,
        Body::Values { values, .. } => find(values, number - 1),
    }
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

const TAGS: [u8; 20] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x82,
    0xa0, 0xa1, 0xa4,
];

/// Contents that sit on a border of some type.
const BORDERS: [&[u8]; 20] = [
    b"",
    &[0],
    &[1],
    &[0x7f],
    &[0x80],
    &[0xff],
    &[0, 0x80],
    &[0, 0xff, 0xff, 0xff, 0xff],
    &[0x7f; 20],
    &[0xff; 21],
    b"491231235959Z",
    b"500101000000Z",
    b"20500101000000Z",
    b"99991231235959Z",
    b"00000101000000Z",
    b"20260302100000Z",
    b"IIN",
    b"BIN",
    &[7, 0x80],
    &[0x55, 0x1d, 0x20, 0],
];

/// Changes a few values, or now and then plain bytes.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut chance = Chance(u64::from(seed));
    let tree = if chance.below(8) == 0 { None } else { values(&data[..size], DEPTH) };
    let Some(mut tree) = tree.filter(|tree| !tree.is_empty()) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..=chance.below(3) {
        change(&mut tree, &mut chance);
    }
    let mut out = Vec::with_capacity(size + 64);
    tree.iter().for_each(|value| value.write(&mut out));
    if out.is_empty() || out.len() > max_size {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..out.len()].copy_from_slice(&out);
    out.len()
}

fn change(tree: &mut Vec<Node>, chance: &mut Chance) {
    let all = count(tree);
    if all == 0 {
        return;
    }
    let other = {
        let number = chance.below(all);
        find(tree, number).map(|(siblings, place)| siblings[place].clone())
    };
    let number = chance.below(all);
    let Some((siblings, place)) = find(tree, number) else { return };
    match chance.below(12) {
        0 if number > 0 => {
            siblings.remove(place);
        }
        1 => {
            let twin = siblings[place].clone();
            siblings.insert(place, twin);
        }
        2 => siblings[place] = other.unwrap_or_else(|| siblings[place].clone()),
        3 => siblings.extend(other),
        4 => {
            let with = chance.below(siblings.len());
            siblings.swap(place, with);
        }
        5 => siblings[place].tag = TAGS[chance.below(TAGS.len())],
        6 => siblings[place].tag ^= 1 << chance.below(8),
        7 => {
            let border = BORDERS[chance.below(BORDERS.len())];
            siblings[place].body = Body::Bytes(border.to_vec());
        }
        _ => change_bytes(&mut siblings[place], chance),
    }
}

fn change_bytes(node: &mut Node, chance: &mut Chance) {
    match &mut node.body {
        Body::Bytes(bytes) => {
            let size = bytes.len();
            let mut room = std::mem::take(bytes);
            room.resize(size + 24, 0);
            let most = room.len();
            let size = libfuzzer_sys::fuzzer_mutate(&mut room, size, most);
            room.truncate(size);
            *bytes = room;
        }
        Body::Values { values, .. } => {
            let place = chance.below(values.len());
            if let Some(value) = values.get_mut(place) {
                change_bytes(value, chance);
            }
        }
    }
}

/// Puts a value of one input in place of a value of the other.
pub fn cross(one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut chance = Chance(u64::from(seed));
    let crossed = values(one, DEPTH).zip(values(other, DEPTH)).and_then(|(mut one, mut other)| {
        let (into, from) = (count(&one), count(&other));
        let from = chance.below(from);
        let value = find(&mut other, from).map(|(siblings, place)| siblings[place].clone())?;
        let into = chance.below(into);
        let (siblings, place) = find(&mut one, into)?;
        if chance.below(2) == 0 {
            siblings[place] = value;
        } else {
            siblings.insert(place, value);
        }
        let mut bytes = Vec::new();
        one.iter().for_each(|value| value.write(&mut bytes));
        Some(bytes)
    });
    let bytes = crossed.filter(|bytes| !bytes.is_empty() && bytes.len() <= out.len());
    let bytes = bytes.unwrap_or_else(|| one[..one.len().min(out.len())].to_vec());
    out[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}
