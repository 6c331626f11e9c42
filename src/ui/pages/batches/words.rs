//! A strategy in words: everything that happens once the batch is started, one short fact each. Decides nothing.

use crate::domain::batch::{Answer, GoesBack, Order, Strategy, Threshold};

/// A strategy in words; `timeout` is how many seconds each of Helm's steps has, where that is known.
pub(super) fn words(strategy: &Strategy, timeout: Option<u32>) -> Vec<String> {
    let at_once = match strategy.parallel {
        1 => "one at a time".to_owned(),
        several => format!("{several} at once"),
    };
    let (order, at_once) = match &strategy.order {
        Order::Sequential => ("one after another".to_owned(), None),
        // Where all of a wave go at once, that says it all.
        Order::Rolling { size } if strategy.parallel >= *size => (format!("{size} at a time"), None),
        Order::Rolling { size } => (format!("{size} in each wave"), Some(at_once)),
        Order::Canary { percent } => (format!("{percent} % first, then the rest"), Some(at_once)),
        Order::Staged { label, values } => (format!("by {label}: {}", values.join(", ")), Some(at_once)),
    };
    // All that is done one after another is one wave.
    let rests =
        (strategy.delay > 0 && strategy.order != Order::Sequential).then(|| format!("rests {} between waves", span(strategy.delay)));
    let asks = (strategy.approval && strategy.order != Order::Sequential).then(|| "asks before each wave but the first".to_owned());
    let windows = match strategy.wait_for_window {
        true => "waits for maintenance windows",
        false => "leaves out who is outside of a maintenance window",
    };
    let watches = (strategy.soak > 0).then(|| format!("watches each for {}", span(strategy.soak)));
    let timeout = timeout.map(|timeout| format!("gives each of Helm's steps {}", span(timeout)));
    let back = match strategy.rollback {
        GoesBack::None => "leaves what fails as it is",
        GoesBack::Target => "rolls back what fails",
        GoesBack::Wave => "rolls back what fails, and at too many failures their whole wave",
        GoesBack::All => "rolls back what fails, and at too many failures everything",
    };
    let facts =
        [Some(order), at_once, rests, asks, Some(windows.to_owned()), watches, timeout, Some(stops(strategy)), Some(back.to_owned())];
    facts.into_iter().flatten().collect()
}

/// What happens when too many have failed, and how many that is.
fn stops(strategy: &Strategy) -> String {
    let stops = match strategy.on_threshold {
        Answer::Pause => "pauses",
        Answer::Abort => "ends",
    };
    match strategy.threshold {
        Threshold::Never => "goes on whatever fails".to_owned(),
        Threshold::Count(1) => format!("{stops} at the first failure"),
        Threshold::Count(most) => format!("{stops} at {most} failures"),
        Threshold::Percent(most) => format!("{stops} at {most} % failures"),
    }
}

/// So many seconds, in the largest unit that says exactly that.
fn span(seconds: u32) -> String {
    match seconds {
        86_400 => "1 day".to_owned(),
        days if days > 0 && days.is_multiple_of(86_400) => format!("{} days", days / 86_400),
        hours if hours > 0 && hours.is_multiple_of(3_600) => format!("{} h", hours / 3_600),
        minutes if minutes > 0 && minutes.is_multiple_of(60) => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(strategy: Strategy) -> String {
        words(&strategy, Some(300)).join(" · ")
    }

    #[test]
    fn a_strategy_tells_everything_that_starting_it_will_do() {
        let order = Order::Staged { label: "ring".into(), values: vec!["canary".into(), "broad".into()] };
        let all = Strategy {
            parallel: 4,
            delay: 90,
            soak: 600,
            approval: true,
            threshold: Threshold::Percent(10),
            on_threshold: Answer::Abort,
            rollback: GoesBack::Wave,
            wait_for_window: true,
            order,
        };
        assert_eq!(
            told(all),
            "by ring: canary, broad · 4 at once · rests 90 s between waves · asks before each wave but the first · waits for maintenance \
             windows · watches each for 10 min · gives each of Helm's steps 5 min · ends at 10 % failures · rolls back what fails, and at \
             too many failures their whole wave"
        );
        assert_eq!(
            told(Strategy::usual(Order::Sequential)),
            "one after another · leaves out who is outside of a maintenance window · gives each of Helm's steps 5 min · goes on whatever \
             fails · leaves what fails as it is"
        );
    }

    #[test]
    fn so_many_at_a_time_is_said_of_those_that_really_run_at_once() {
        let rolling = |size, parallel| Strategy { parallel, ..Strategy::usual(Order::Rolling { size }) };
        assert!(told(rolling(5, 5)).starts_with("5 at a time · rests 1 min between waves"));
        assert!(told(rolling(5, 4)).starts_with("5 in each wave · 4 at once · rests"));
        assert!(told(rolling(5, 1)).starts_with("5 in each wave · one at a time · rests"));
        let canary = Strategy { threshold: Threshold::Count(1), ..Strategy::usual(Order::Canary { percent: 10 }) };
        assert!(told(canary.clone()).starts_with("10 % first, then the rest · 4 at once · "));
        assert!(told(canary).contains(" · pauses at the first failure · "));
    }

    #[test]
    fn a_span_is_told_in_the_largest_unit_that_is_exact() {
        let told = [0, 45, 60, 90, 3_600, 5_400, 86_400, 604_800].map(span);
        assert_eq!(told, ["0 s", "45 s", "1 min", "90 s", "1 h", "90 min", "1 day", "7 days"]);
    }
}
