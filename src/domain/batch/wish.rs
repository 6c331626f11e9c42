//! A strategy as it is asked for, field by field, so that whatever is not known, or belongs to another order, is refused and not
//! left out in silence. What is out of bounds is [`Strategy::checked`]'s to refuse.

use serde::Deserialize;

use super::strategy::{Answer, GoesBack, Order, Strategy, Threshold, five, ten};
use crate::domain::{
    problem::{Code, Problem},
    whole::whole,
};

/// A strategy as it is asked for: what is left out is what its order comes with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StrategyWish {
    /// In which order; sequential where nobody says.
    pub order: Option<OrderWord>,
    /// Rolling: how many at a time; 5 where nobody says.
    #[serde(default, deserialize_with = "whole")]
    pub size: Option<u32>,
    /// Canary: how many first, in percent; 10 where nobody says. At least one.
    #[serde(default, deserialize_with = "whole")]
    pub percent: Option<u32>,
    /// Staged: the key of the label that makes the waves.
    pub label: Option<String>,
    /// Staged: its values in their order; tenants with none of them come last.
    pub values: Option<Vec<String>>,
    /// How many targets at once: 1 to 50.
    #[serde(default, deserialize_with = "whole")]
    pub parallel: Option<u32>,
    /// Seconds between a wave's end and the next one's beginning.
    #[serde(default, deserialize_with = "whole")]
    pub delay: Option<u32>,
    /// Seconds for which a target has to be healthy before it counts as done.
    #[serde(default, deserialize_with = "whole")]
    pub soak: Option<u32>,
    /// Whether each wave but the first waits for a person's go-ahead.
    pub approval: Option<bool>,
    /// How many failures are too many: a number, or a percentage of the releases in the waves begun so far.
    pub threshold: Option<Threshold>,
    /// What happens then.
    pub on_threshold: Option<Answer>,
    /// What goes back by itself.
    pub rollback: Option<GoesBack>,
    /// Wait for a tenant's maintenance window; otherwise a target outside of it is set aside.
    pub wait_for_window: Option<bool>,
}

/// In which order, in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OrderWord {
    /// One after another, whatever becomes of them.
    #[default]
    Sequential,
    /// So many at a time.
    Rolling,
    /// A few first, then all the others.
    Canary,
    /// Waves by a label of the tenants.
    Staged,
}

impl StrategyWish {
    /// The order that is asked for. What belongs to another one is refused: whoever says it means that one.
    fn order(&self) -> Result<Order, Problem> {
        let word = self.order.unwrap_or_default();
        let given = [
            (OrderWord::Rolling, "size", "rolling", self.size.is_some()),
            (OrderWord::Canary, "percent", "canary", self.percent.is_some()),
            (OrderWord::Staged, "label", "staged", self.label.is_some()),
            (OrderWord::Staged, "values", "staged", self.values.is_some()),
        ];
        if let Some((_, field, of, _)) = given.into_iter().find(|(of, _, _, given)| *given && *of != word) {
            let text = format!("In a strategy \"{field}\" belongs to the order {of}. Ask for that order, or leave it out.");
            return Err(Problem::new(Code::InvalidBatch, text));
        }
        Ok(match word {
            OrderWord::Sequential => Order::Sequential,
            OrderWord::Rolling => Order::Rolling { size: self.size.unwrap_or_else(five) },
            OrderWord::Canary => Order::Canary { percent: self.percent.unwrap_or_else(ten) },
            // Without them it is refused when it is checked.
            OrderWord::Staged => {
                Order::Staged { label: self.label.clone().unwrap_or_default(), values: self.values.clone().unwrap_or_default() }
            }
        })
    }
}

impl TryFrom<StrategyWish> for Strategy {
    type Error = Problem;

    fn try_from(wish: StrategyWish) -> Result<Self, Problem> {
        let usual = Self::usual(wish.order()?);
        Ok(Self {
            parallel: wish.parallel.unwrap_or(usual.parallel),
            delay: wish.delay.unwrap_or(usual.delay),
            soak: wish.soak.unwrap_or(usual.soak),
            approval: wish.approval.unwrap_or(usual.approval),
            threshold: wish.threshold.unwrap_or(usual.threshold),
            on_threshold: wish.on_threshold.unwrap_or(usual.on_threshold),
            rollback: wish.rollback.unwrap_or(usual.rollback),
            wait_for_window: wish.wait_for_window.unwrap_or(usual.wait_for_window),
            ..usual
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Result<Strategy, String> {
        let wish: StrategyWish = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Strategy::try_from(wish).map_err(|problem| problem.detail)
    }

    #[test]
    fn a_strategy_is_what_was_asked_for_or_nothing() {
        assert_eq!(asked("{}").unwrap(), Strategy::usual(Order::Sequential));
        assert_eq!(asked(r#"{"order": "rolling"}"#).unwrap(), Strategy::usual(Order::Rolling { size: 5 }));
        assert_eq!(asked(r#"{"order": "canary", "percent": 20}"#).unwrap().order, Order::Canary { percent: 20 });
        let staged = asked(r#"{"order": "staged", "label": "ring", "values": ["a", "b"], "soak": 7}"#).unwrap();
        assert_eq!((staged.order, staged.soak), (Order::Staged { label: "ring".into(), values: vec!["a".into(), "b".into()] }, 7));
        for (odd, why) in [
            (r#"{"order": "cannary"}"#, "unknown variant"),
            (r#"{"order": "canary", "size": 5}"#, "belongs to the order rolling"),
            (r#"{"percent": 5}"#, "belongs to the order canary"),
            (r#"{"paralell": 5}"#, "unknown field `paralell`, expected one of `order`"),
        ] {
            let refused = asked(odd).unwrap_err();
            assert!(refused.contains(why), "{odd}: {refused}");
        }
        assert!(asked(r#"{"order": "staged"}"#).unwrap().checked().is_err());
    }
}
