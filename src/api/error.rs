//! The error of every server function: a [`Problem`] on its way to a page. Sets the status only of what cannot even be read:
//! of the rest `context::refuse` does.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

use crate::domain::problem::{Code, Problem};

/// A problem, as server functions answer with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
#[serde(transparent)]
pub struct ApiError(pub Problem);

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let problem = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => unreadable(),
            // On the server it is the request that cannot be read, in the browser the answer.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => unreadable(),
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) | ServerFnErrorErr::Deserialization(_) => {
                Problem::new(Code::Internal, "The server did not answer as expected. Check the connection, then load the page again.")
            }
            _ => Problem::internal(),
        };
        // Leptos answers every error with 500 unless it is told otherwise.
        super::answer_with_status(problem.status());
        Self(problem)
    }
}

fn unreadable() -> Problem {
    Problem::new(Code::InvalidRequest, "The address of this page could not be read. Follow a link instead of editing it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way_to_the_page() {
        let error = ApiError(Problem::release_not_found());
        assert_eq!(ApiError::de(error.ser()), error);
    }

    #[test]
    fn problem_json_of_another_part_of_the_server_is_understood() {
        let body = r#"{"type":"about:blank","title":"Not signed in","status":401,"code":"not_signed_in","detail":"Sign in."}"#;
        assert_eq!(ApiError::de(body.into()).0.code, Code::NotSignedIn);
    }
}
