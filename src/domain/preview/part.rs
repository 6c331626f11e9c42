//! The batch that a preview is part of, and what that keeps people from. Looks for none: `manager` does.

use serde::{Deserialize, Serialize};

use super::super::{
    ids::BatchId,
    problem::{Code, Problem},
};

/// The batch that a preview is part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartOfBatch {
    /// Which.
    pub batch: BatchId,
    /// What that batch does.
    pub title: String,
    /// Whether nothing of the batch is left to do.
    pub over: bool,
    /// How many of its releases get exactly this, this one included.
    pub alike: u32,
}

impl PartOfBatch {
    /// The page of the batch.
    pub fn path(&self) -> String {
        format!("/batches/{}", self.batch)
    }
}

/// Refuses to do by itself what is a batch's to do: that would get past its order, its windows and its threshold.
/// `for_batch` tells whether it was made for a batch, whichever holds it now.
pub fn by_itself(for_batch: bool, part: Option<&PartOfBatch>) -> Result<(), Problem> {
    let text = match part {
        Some(part) if part.over => return Ok(()),
        Some(part) => format!(
            "This preview is part of the batch “{}”, which does it when its turn comes. Start or resume the batch, or make a preview of your own.",
            part.title
        ),
        // What failed is rendered anew when it is tried again.
        None if for_batch => {
            "This was rendered for a batch that has another preview in its place by now. Look at the batch, or make a preview of your own."
                .to_owned()
        }
        None => return Ok(()),
    };
    Err(Problem::new(Code::PreviewOfBatch, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(over: bool) -> PartOfBatch {
        PartOfBatch { batch: BatchId(uuid::Uuid::from_u128(1)), title: "web to 1.4.2".into(), over, alike: 60 }
    }

    #[test]
    fn what_is_part_of_a_batch_is_not_done_by_itself_before_the_batch_has_ended() {
        let refused = by_itself(true, Some(&part(false))).unwrap_err();
        assert_eq!(refused.code, Code::PreviewOfBatch);
        assert!(refused.detail.contains("“web to 1.4.2”") && refused.detail.contains("preview of your own"), "{refused}");
        assert_eq!(by_itself(true, Some(&part(true))), Ok(()));
        // Made before it was written down what a preview is made for.
        assert!(by_itself(false, Some(&part(false))).is_err());
    }

    #[test]
    fn what_a_batch_has_rendered_anew_is_not_done_and_what_is_of_no_batch_is() {
        assert_eq!(by_itself(true, None).unwrap_err().code, Code::PreviewOfBatch);
        assert_eq!(by_itself(false, None), Ok(()));
    }
}
