//! When a notice that was not taken is sent again: after longer and longer, a little later each time by chance, so that
//! many of them do not come at once. Reads no clock and draws no chance.

use chrono::TimeDelta;

/// After how many seconds it is sent again where nobody says otherwise; together two days.
pub const USUAL: [i64; 9] = [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 36_000, 72_000];

/// How long to wait after so many tries that failed; `None` where it is given up. `chance` is anything.
pub fn after(delays: &[TimeDelta], attempts: u32, chance: u8) -> Option<TimeDelta> {
    let delay = delays.get(usize::try_from(attempts).ok()?.checked_sub(1)?)?;
    // Up to a tenth more.
    Some(*delay + *delay * i32::from(chance) / 2_550)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_is_sent_again_later_and_later_and_then_given_up() {
        let delays = USUAL.map(TimeDelta::seconds);
        let waits: Vec<i64> = (1..).map_while(|attempts| after(&delays, attempts, 0)).map(|wait| wait.num_seconds()).collect();
        assert_eq!(waits, USUAL);
        assert!(waits.is_sorted() && waits.iter().sum::<i64>() > 86_400);
        assert_eq!((after(&delays, 10, 0), after(&[], 1, 0), after(&delays, 0, 0)), (None, None, None));
    }

    #[test]
    fn chance_makes_it_a_tenth_later_at_most_and_never_earlier() {
        let minute = [TimeDelta::seconds(60)];
        assert_eq!(after(&minute, 1, 0), Some(TimeDelta::seconds(60)));
        assert_eq!(after(&minute, 1, 255), Some(TimeDelta::seconds(66)));
    }
}
