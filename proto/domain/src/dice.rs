//! Chance is an argument. A [`Dice`] is seeded and splits into independent named streams, so that one request meets the
//! same fate whatever else is in flight.

/// A small deterministic source of chance (SplitMix64). Not for keys: those come from the system's generator.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream of this seed for a named purpose, for example a knob and a message id.
    pub fn stream(&self, parts: &[&str]) -> Self {
        // FNV-1a, with a separator so that ("ab", "c") and ("a", "bc") differ.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ self.0;
        for part in parts {
            for byte in part.bytes().chain([0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        let mut dice = Self(hash);
        let _ = dice.roll();
        dice
    }

    /// Sixty-four bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product is uniform enough for simulation.
        ((u128::from(self.roll()) * u128::from(bound)) >> 64) as u64
    }

    /// One of the choices, or `None` where there are none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(usize::try_from(self.below(choices.len() as u64)).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_fate() {
        let mut a = Dice::new(7).stream(&["latency", "m-1"]);
        let mut b = Dice::new(7).stream(&["latency", "m-1"]);
        assert_eq!(
            (0..9).map(|_| a.roll()).collect::<Vec<_>>(),
            (0..9).map(|_| b.roll()).collect::<Vec<_>>()
        );
        assert_ne!(Dice::new(7).stream(&["ab", "c"]).roll(), Dice::new(7).stream(&["a", "bc"]).roll());
        assert_ne!(Dice::new(7).stream(&["x"]).roll(), Dice::new(8).stream(&["x"]).roll());
    }

    #[test]
    fn stays_below_its_bound() {
        let mut dice = Dice::new(1);
        assert!((0..1000).all(|_| dice.below(7) < 7));
        assert_eq!(dice.below(0), 0);
        assert_eq!(Dice::new(1).pick::<u8>(&[]), None);
    }
}
