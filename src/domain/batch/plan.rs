//! Which target comes in which wave. Knows nothing of time; the order of the targets is the caller's.

use std::collections::BTreeMap;

use super::{Wave, strategy::Order};

/// What is left over where waves go by a label.
const OTHERS: &str = "others";

/// The waves of an order, and for each target, by its tenant's labels, the number of its own. No wave is empty, and every
/// target is in exactly one.
pub fn waves(order: &Order, targets: &[BTreeMap<String, String>]) -> (Vec<Wave>, Vec<usize>) {
    let (names, wanted): (Vec<String>, Vec<usize>) = match order {
        Order::Sequential => (vec!["all".into()], vec![0; targets.len()]),
        Order::Rolling { size } => {
            let size = usize::try_from(*size).unwrap_or(1).max(1);
            let waves = targets.len().div_ceil(size);
            ((1..=waves).map(|number| number.to_string()).collect(), (0..targets.len()).map(|at| at / size).collect())
        }
        Order::Canary { percent } => {
            let percent = usize::try_from(*percent).unwrap_or(100);
            let first = (targets.len() * percent).div_ceil(100).max(1);
            (vec!["canary".into(), "rest".into()], (0..targets.len()).map(|at| usize::from(at >= first)).collect())
        }
        Order::Staged { label, values } => {
            let names = values.iter().cloned().chain([OTHERS.to_owned()]).collect();
            let of = |labels: &BTreeMap<String, String>| {
                labels.get(label).and_then(|value| values.iter().position(|one| one == value)).unwrap_or(values.len())
            };
            (names, targets.iter().map(of).collect())
        }
    };
    // Those that nobody is in are left out.
    let used: Vec<usize> = (0..names.len()).filter(|wave| wanted.contains(wave)).collect();
    let number: BTreeMap<usize, usize> = used.iter().enumerate().map(|(now, before)| (*before, now)).collect();
    (used.iter().map(|wave| Wave::named(&names[*wave])).collect(), wanted.iter().map(|wave| number[wave]).collect())
}
