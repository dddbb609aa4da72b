//! Adding terms to instants, with the Republic's working days.
//!
//! Working days are Monday to Friday less the holidays below; a holiday on a weekend moves to the next working day,
//! except Christmas and Kurban ait. Transfers by yearly decree are data that a user can add. Years outside the table
//! are an error, never a guess. Days are days of Kazakhstan (UTC+5, one zone since 1 March 2024).

use std::collections::BTreeSet;

use time::{Date, Duration, Month, UtcOffset, Weekday};

use crate::clock::Timestamp;
use crate::term::{Term, TermUnit};

/// Why a term cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The instant would leave the calendar's range.
    #[error("the term leads out of the range of dates")]
    OutOfRange,
    /// The first day of Kurban ait of this year is not in the table.
    #[error("holidays of the year {year} are not known; the table covers {first} to {last}")]
    UnknownYear {
        /// Year asked for.
        year: i32,
        /// First year of the table.
        first: i32,
        /// Last year of the table.
        last: i32,
    },
}

/// First day of Kurban ait by year.
const KURBAN_AIT: [(i32, Month, u8); 3] =
    [(2025, Month::June, 6), (2026, Month::May, 27), (2027, Month::May, 16)];

/// Fixed holidays that move from a weekend to the next working day.
const MOVING: [(Month, u8); 12] = [
    (Month::January, 1),
    (Month::January, 2),
    (Month::March, 8),
    (Month::March, 21),
    (Month::March, 22),
    (Month::March, 23),
    (Month::May, 1),
    (Month::May, 7),
    (Month::May, 9),
    (Month::July, 6),
    (Month::August, 30),
    (Month::December, 16),
];

/// Whether the day on which a term starts is one of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstDay {
    /// It is the first of them.
    Counted,
    /// The next one is.
    NotCounted,
}

/// Working days of the Republic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    extra_days_off: BTreeSet<Date>,
    extra_working_days: BTreeSet<Date>,
}

impl Calendar {
    /// The zone whose midnight parts the days.
    pub const ZONE: UtcOffset = match UtcOffset::from_hms(5, 0, 0) {
        Ok(zone) => zone,
        Err(_) => UtcOffset::UTC,
    };

    /// Adds a transfer by decree: `day_off` becomes free, `worked` is worked instead.
    pub fn transfer(&mut self, day_off: Date, worked: Date) {
        self.extra_days_off.insert(day_off);
        self.extra_working_days.insert(worked);
    }

    /// The instant at which a term that starts at `from` has passed.
    ///
    /// Seconds, minutes and hours are plain time; days and months keep the time of day. A working-day term does not
    /// count the day on which it starts.
    pub fn add(&self, from: Timestamp, term: Term) -> Result<Timestamp, CalendarError> {
        let value = i64::from(term.value);
        let plain = |span: Duration| from.checked_add(span).ok_or(CalendarError::OutOfRange);
        match term.unit {
            TermUnit::Second => plain(Duration::seconds(value)),
            TermUnit::Minute => plain(Duration::minutes(value)),
            TermUnit::Hour => plain(Duration::hours(value)),
            TermUnit::CalendarDay => plain(Duration::days(value)),
            TermUnit::WorkingDay => self.add_working_days(from, term.value),
            TermUnit::Month => add_months(from, term.value),
        }
    }

    /// The end of a term as a limit: within how many days something is to be done, the first day counted or not. Days end
    /// at midnight in Kazakhstan; shorter terms end to the second.
    ///
    /// A first day on which nobody works is never one of the working days.
    pub fn limit(&self, from: Timestamp, term: Term, first: FirstDay) -> Result<Timestamp, CalendarError> {
        let local = from.to_offset(Self::ZONE);
        let counted = match (first, term.unit) {
            (FirstDay::NotCounted, _) => false,
            (FirstDay::Counted, TermUnit::WorkingDay) => self.is_working_day(local.date())?,
            (FirstDay::Counted, _) => true,
        };
        let less = |value: u32| value.saturating_sub(u32::from(counted));
        match term.unit {
            TermUnit::Second | TermUnit::Minute | TermUnit::Hour => self.add(from, term),
            TermUnit::CalendarDay | TermUnit::WorkingDay => {
                end_of_day(self.add(from, Term { value: less(term.value), ..term })?)
            }
            TermUnit::Month => {
                let last = self.add(from, term)?;
                end_of_day(if counted { last - Duration::DAY } else { last })
            }
        }
    }

    /// The instant at which a sum of terms, one after the other, has passed.
    pub fn add_all(&self, from: Timestamp, terms: &[Term]) -> Result<Timestamp, CalendarError> {
        terms.iter().try_fold(from, |at, &term| self.add(at, term))
    }

    fn add_working_days(&self, from: Timestamp, days: u32) -> Result<Timestamp, CalendarError> {
        let local = from.to_offset(Self::ZONE);
        let mut date = local.date();
        let mut left = days;
        while left > 0 {
            date = date.next_day().ok_or(CalendarError::OutOfRange)?;
            if self.is_working_day(date)? {
                left -= 1;
            }
        }
        Ok(local.replace_date(date).to_offset(from.offset()))
    }

    /// Whether people work on this day.
    pub fn is_working_day(&self, date: Date) -> Result<bool, CalendarError> {
        if self.extra_days_off.contains(&date) {
            return Ok(false);
        }
        if self.extra_working_days.contains(&date) {
            return Ok(true);
        }
        Ok(!is_weekend(date) && !days_off(date.year())?.contains(&date))
    }
}

fn end_of_day(at: Timestamp) -> Result<Timestamp, CalendarError> {
    let local = at.to_offset(Calendar::ZONE);
    let next = local.date().next_day().ok_or(CalendarError::OutOfRange)?;
    Ok(local.replace_date(next).replace_time(time::Time::MIDNIGHT).to_offset(at.offset()))
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn add_months(from: Timestamp, months: u32) -> Result<Timestamp, CalendarError> {
    let local = from.to_offset(Calendar::ZONE);
    let index = i64::from(local.year()) * 12 + i64::from(u8::from(local.month())) - 1 + i64::from(months);
    let year = i32::try_from(index.div_euclid(12)).map_err(|_| CalendarError::OutOfRange)?;
    let month = u8::try_from(index.rem_euclid(12) + 1).map_err(|_| CalendarError::OutOfRange)?;
    let month = Month::try_from(month).map_err(|_| CalendarError::OutOfRange)?;
    // The 31st of a shorter month is its last day.
    let day = local.day().min(month.length(year));
    let date = Date::from_calendar_date(year, month, day).map_err(|_| CalendarError::OutOfRange)?;
    Ok(local.replace_date(date).to_offset(from.offset()))
}

/// Every free day of a year that is a holiday or stands in for one.
fn days_off(year: i32) -> Result<BTreeSet<Date>, CalendarError> {
    let (first, last) = (KURBAN_AIT[0].0, KURBAN_AIT[KURBAN_AIT.len() - 1].0);
    let &(_, ait_month, ait_day) = KURBAN_AIT
        .iter()
        .find(|(known, _, _)| *known == year)
        .ok_or(CalendarError::UnknownYear { year, first, last })?;
    let date = |month, day| Date::from_calendar_date(year, month, day).map_err(|_| CalendarError::OutOfRange);

    let mut moving: Vec<Date> =
        MOVING.iter().map(|&(month, day)| date(month, day)).collect::<Result<_, _>>()?;
    // Republic day became a holiday again in 2022; every year of the table is later.
    moving.push(date(Month::October, 25)?);
    let mut off: BTreeSet<Date> = moving.iter().copied().collect();
    off.insert(date(Month::January, 7)?);
    off.insert(date(ait_month, ait_day)?);
    moving.sort_unstable();
    for holiday in moving.into_iter().filter(|&holiday| is_weekend(holiday)) {
        let mut substitute = holiday;
        while is_weekend(substitute) || off.contains(&substitute) {
            substitute = substitute.next_day().ok_or(CalendarError::OutOfRange)?;
        }
        off.insert(substitute);
    }
    Ok(off)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[track_caller]
    fn check(from: Timestamp, value: u32, unit: TermUnit, expected: Timestamp) {
        assert_eq!(Calendar::default().add(from, Term { value, unit }), Ok(expected));
    }

    #[test]
    fn adds_plain_time() {
        let from = datetime!(2026-11-20 09:00 +5);
        check(from, 15, TermUnit::Minute, datetime!(2026-11-20 09:15 +5));
        check(from, 30, TermUnit::CalendarDay, datetime!(2026-12-20 09:00 +5));
        check(datetime!(2026-01-31 09:00 +5), 1, TermUnit::Month, datetime!(2026-02-28 09:00 +5));
        check(datetime!(2026-11-30 09:00 +5), 3, TermUnit::Month, datetime!(2027-02-28 09:00 +5));
    }

    #[test]
    fn working_days_pass_over_weekends_and_holidays() {
        // Friday to Monday.
        check(datetime!(2026-11-20 09:00 +5), 1, TermUnit::WorkingDay, datetime!(2026-11-23 09:00 +5));
        // 16 December 2026 is a Wednesday.
        check(datetime!(2026-12-15 09:00 +5), 1, TermUnit::WorkingDay, datetime!(2026-12-17 09:00 +5));
        // 21 and 22 March 2026 are Saturday and Sunday and move to Tuesday 24 and Wednesday 25; 23 is a Monday.
        check(datetime!(2026-03-20 09:00 +5), 1, TermUnit::WorkingDay, datetime!(2026-03-26 09:00 +5));
        // Kurban ait 2026 is a Wednesday.
        check(datetime!(2026-05-26 09:00 +5), 1, TermUnit::WorkingDay, datetime!(2026-05-28 09:00 +5));
        // The day counts in Kazakhstan: 20:00 UTC on Thursday is Friday there.
        check(datetime!(2026-11-19 20:00 UTC), 1, TermUnit::WorkingDay, datetime!(2026-11-22 20:00 UTC));
    }

    #[test]
    fn a_limit_counts_the_first_day_or_leaves_it_out() {
        let calendar = Calendar::default();
        let three = Term { value: 3, unit: TermUnit::WorkingDay };
        // Friday 20 November 2026: Friday, Monday, Tuesday; or Monday, Tuesday, Wednesday.
        let friday = datetime!(2026-11-20 15:30 +5);
        assert_eq!(calendar.limit(friday, three, FirstDay::Counted), Ok(datetime!(2026-11-25 00:00 +5)));
        assert_eq!(calendar.limit(friday, three, FirstDay::NotCounted), Ok(datetime!(2026-11-26 00:00 +5)));
        // Nobody works on Saturday: it is no first day.
        let saturday = datetime!(2026-11-21 10:00 +5);
        assert_eq!(calendar.limit(saturday, three, FirstDay::Counted), Ok(datetime!(2026-11-26 00:00 +5)));
        let ten = Term { value: 10, unit: TermUnit::CalendarDay };
        assert_eq!(calendar.limit(saturday, ten, FirstDay::Counted), Ok(datetime!(2026-12-01 00:00 +5)));
        let month = Term { value: 1, unit: TermUnit::Month };
        assert_eq!(calendar.limit(friday, month, FirstDay::Counted), Ok(datetime!(2026-12-20 00:00 +5)));
        let minutes = Term { value: 15, unit: TermUnit::Minute };
        assert_eq!(calendar.limit(friday, minutes, FirstDay::Counted), Ok(datetime!(2026-11-20 15:45 +5)));
    }

    #[test]
    fn christmas_and_ait_do_not_move() {
        let calendar = Calendar::default();
        // 16 May 2027, Kurban ait, is a Sunday: the Monday after is worked.
        assert_eq!(calendar.is_working_day(date!(2027 - 05 - 17)), Ok(true));
        // 1 and 2 May: 1 May 2027 is a Saturday and moves to Monday.
        assert_eq!(calendar.is_working_day(date!(2027 - 05 - 03)), Ok(false));
    }

    #[test]
    fn unknown_years_are_an_error() {
        let error = Calendar::default().is_working_day(date!(2031 - 01 - 15)).unwrap_err();
        assert_eq!(error, CalendarError::UnknownYear { year: 2031, first: 2025, last: 2027 });
    }

    #[test]
    fn decrees_add_transfers() {
        let mut calendar = Calendar::default();
        calendar.transfer(date!(2026 - 05 - 08), date!(2026 - 05 - 16));
        assert_eq!(calendar.is_working_day(date!(2026 - 05 - 08)), Ok(false));
        assert_eq!(calendar.is_working_day(date!(2026 - 05 - 16)), Ok(true));
    }
}
