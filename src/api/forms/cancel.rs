//! The form that asks for the end of an operation.

use super::{asked::Asked, form};
use crate::domain::{operation::Operation, problem::Problem};

form!(
    /// POST `/operations/{id}/cancel`
    cancel,
    Change,
    act
);

async fn act(asked: Asked) -> Result<Operation, Problem> {
    let id = asked.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(Problem::operation_not_found)?;
    asked.manager.cancel(&asked.actor, id, asked.reason()?).await
}
