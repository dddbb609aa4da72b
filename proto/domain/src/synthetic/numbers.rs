//! Synthetic IIN and BIN.
//!
//! Why no living person can have such a number: the default scheme puts every birth into the years 2090 to 2099
//! (century digit 5 or 6, two-digit year 90 to 99). An IIN is given at or after birth, so the first real number of this
//! range cannot exist before 1 January 2090. The last digit of the simulated birth year, month and day are kept, so
//! that the number is recognisably the person's; the age that it shows is wrong by design. [`Scheme::Plausible`] keeps the
//! century instead, for teams whose validators need living ages, and can therefore hit real numbers.
//!
//! Business numbers carry December of the year 69 as month of registration and the head-unit digits `40`.

use time::Date;

use crate::number::{Bin, Iin, NumberFinding, check_digit};

/// Sex as the number encodes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// Even century digit.
    Female,
    /// Odd century digit.
    Male,
}

/// Birth date as a number shows it, without century.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntheticBirth {
    /// Two-digit year, 0 to 99.
    pub year: u8,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Sex.
    pub sex: Sex,
}

/// How a birth becomes digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// Births between 2090 and 2099: nobody's number.
    #[default]
    Future,
    /// Births of the twentieth century for years above 26, of the twenty-first otherwise: may be somebody's number.
    Plausible,
}

/// The authority's own test numbers and other published examples, for tests of the checksum only.
pub const KNOWN_IINS: &[(&str, NumberFinding)] = &[
    ("991231500016", NumberFinding::Sound),
    ("991231600012", NumberFinding::Sound),
    ("991231500026", NumberFinding::Sound),
    ("991231600301", NumberFinding::Sound),
    ("991231600313", NumberFinding::Sound),
    ("991231600325", NumberFinding::Sound),
    ("991231500770", NumberFinding::NeverIssued),
    ("991231601100", NumberFinding::NeverIssued),
    ("123456789011", NumberFinding::DateImpossible),
];

/// Published examples of business numbers, for tests of the checksum only.
pub const KNOWN_BINS: &[(&str, NumberFinding)] = &[
    ("691240000010", NumberFinding::Sound),
    ("691240000020", NumberFinding::Sound),
    ("691240000101", NumberFinding::Sound),
    ("691240000113", NumberFinding::Sound),
    ("691240000011", NumberFinding::CheckDigitWrong),
    ("691240002810", NumberFinding::NeverIssued),
];

/// The `index`-th number of a birth, by [`Scheme::Future`]. Indices whose stem has no check digit are passed over, so
/// different indices of one birth give different numbers up to 4,900 of them.
pub fn iin(birth: SyntheticBirth, index: u32) -> Iin {
    iin_by(Scheme::Future, birth, index)
}

/// The `index`-th number of a birth by the given scheme.
pub fn iin_by(scheme: Scheme, birth: SyntheticBirth, index: u32) -> Iin {
    let (year, century) = match scheme {
        Scheme::Future => (90 + birth.year % 10, b'5'),
        Scheme::Plausible if birth.year > 26 => (birth.year, b'3'),
        Scheme::Plausible => (birth.year, b'5'),
    };
    let century = match birth.sex {
        Sex::Male => century,
        Sex::Female => century + 1,
    };
    let prefix =
        format!("{:02}{:02}{:02}{}", year % 100, birth.month % 100, birth.day % 100, char::from(century));
    // Fewer than one stem in a hundred has no check digit, so twice the index always finds enough.
    let digits = nth_number(&prefix, 4, index);
    Iin::parse(&digits).unwrap_or_else(|_| unreachable!("twelve digits by construction"))
}

/// What a number of the scheme shows; `None` where the scheme gives no such number.
pub fn shown_by(scheme: Scheme, iin: &Iin) -> Option<SyntheticBirth> {
    let digits = iin.digits();
    let two = |at: usize| digits.get(at..at + 2)?.parse::<u8>().ok();
    let (year, month, day, century) = (two(0)?, two(2)?, two(4)?, digits.as_bytes()[6]);
    let given = match scheme {
        Scheme::Future => year >= 90 && matches!(century, b'5' | b'6'),
        Scheme::Plausible if year > 26 => matches!(century, b'3' | b'4'),
        Scheme::Plausible => matches!(century, b'5' | b'6'),
    };
    let sex = if century % 2 == 1 { Sex::Male } else { Sex::Female };
    (given && iin.finding() == NumberFinding::Sound).then_some(SyntheticBirth { year, month, day, sex })
}

/// Whether somebody born on a day may have a number, by the scheme.
pub fn shows(scheme: Scheme, iin: &Iin, born: Date) -> bool {
    let year = u8::try_from(born.year().rem_euclid(100)).unwrap_or(0);
    shown_by(scheme, iin).is_some_and(|shown| {
        let same_year = match scheme {
            Scheme::Future => shown.year % 10 == year % 10,
            Scheme::Plausible => shown.year == year,
        };
        same_year && shown.month == u8::from(born.month()) && shown.day == born.day()
    })
}

/// The `index`-th synthetic business number.
pub fn bin(index: u32) -> Bin {
    Bin::parse(&nth_number("691240", 5, index))
        .unwrap_or_else(|_| unreachable!("twelve digits by construction"))
}

fn nth_number(prefix: &str, serial_width: usize, index: u32) -> String {
    let modulus = 10_u32.pow(u32::try_from(serial_width).unwrap_or(5));
    let mut serial = (index.wrapping_mul(2) + 1) % modulus;
    loop {
        let stem = format!("{prefix}{serial:0serial_width$}");
        let mut digits = [b'0'; 11];
        digits.copy_from_slice(&stem.as_bytes()[..11]);
        if let Some(check) = check_digit(&digits) {
            return format!("{stem}{check}");
        }
        serial = (serial + 1) % modulus;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const BIRTH: SyntheticBirth = SyntheticBirth { year: 85, month: 3, day: 12, sex: Sex::Female };

    #[test]
    fn numbers_are_sound_and_distinct() {
        let iins: HashSet<_> = (0..4900).map(|i| iin(BIRTH, i)).collect();
        assert_eq!(iins.len(), 4900);
        assert!(iins.iter().all(|iin| iin.finding() == NumberFinding::Sound));
        let bins: HashSet<_> = (0..5000).map(bin).collect();
        assert_eq!(bins.len(), 5000);
        assert!(bins.iter().all(|bin| bin.finding() == NumberFinding::Sound));
    }

    #[test]
    fn default_births_lie_in_the_far_future() {
        for year in 0..100 {
            let iin = iin(SyntheticBirth { year, ..BIRTH }, 7);
            let digits = iin.digits();
            assert!(digits[..2].parse::<u8>().unwrap() >= 90, "year {year}");
            assert!(matches!(digits.as_bytes()[6], b'5' | b'6'), "year {year}");
        }
    }

    #[test]
    fn a_scheme_knows_its_numbers() {
        for scheme in [Scheme::Future, Scheme::Plausible] {
            for year in 0..100 {
                let birth = SyntheticBirth { year, ..BIRTH };
                let iin = iin_by(scheme, birth, 3);
                let shown = shown_by(scheme, &iin).unwrap();
                assert_eq!((shown.month, shown.day, shown.sex), (birth.month, birth.day, birth.sex));
                let century = if year > 26 { 1900 } else { 2000 };
                let born = |year| Date::from_calendar_date(year, time::Month::March, 12).unwrap();
                assert!(shows(scheme, &iin, born(century + i32::from(year))), "{scheme:?} {year}");
                assert!(!shows(scheme, &iin, born(century + i32::from(year) + 1)), "{scheme:?} {year}");
            }
        }
        // A living age is nothing for the default scheme, and a wrong check digit for none.
        let living = iin_by(Scheme::Plausible, BIRTH, 0);
        assert_eq!(shown_by(Scheme::Future, &living), None);
        for (text, finding) in KNOWN_IINS {
            let known = Iin::parse(text).unwrap();
            assert_eq!(shown_by(Scheme::Future, &known).is_some(), *finding == NumberFinding::Sound);
        }
    }

    #[test]
    fn plausible_births_keep_their_century() {
        assert_eq!(&iin_by(Scheme::Plausible, BIRTH, 0).digits()[..7], "8503124");
        assert_eq!(
            &iin_by(Scheme::Plausible, SyntheticBirth { year: 15, ..BIRTH }, 0).digits()[..7],
            "1503126"
        );
    }
}
