//! Saved selections.

use std::collections::BTreeMap;

use pilothouse::domain::{
    batch::{SavedSelection, Selection},
    ids::SelectionId,
};
use uuid::Uuid;

use super::{contract, fixture::*, people::*};

contract!(
    a_saved_selection_comes_back_as_it_was_saved_by_name_and_by_id,
    a_name_of_a_selection_is_taken_once_and_free_again_when_it_is_removed,
    without_its_audit_row_no_selection_is_saved_or_removed,
    who_reaches_some_tenants_only_knows_no_saved_selection,
);

fn selection(n: u128, name: &str) -> SavedSelection {
    let selection = Selection {
        chart: Some("web".into()),
        versions: Some("<1.4.0".into()),
        labels: BTreeMap::from([("ring".into(), "early".into())]),
        releases: [id("acme/web")].into(),
        ..Selection::default()
    };
    SavedSelection { id: SelectionId(Uuid::from_u128(n)), name: name.into(), selection, made_by: "ada".into(), made_at: at(5) }
}

async fn save(f: &Fixture, n: u128, name: &str) -> bool {
    f.stores.selections.save(&selection(n, name), &audit("selection.save", name)).await.unwrap()
}

async fn remove(f: &Fixture, n: u128) -> bool {
    f.stores.selections.forget(SelectionId(Uuid::from_u128(n)), &audit("selection.remove", "x")).await.unwrap()
}

async fn a_saved_selection_comes_back_as_it_was_saved_by_name_and_by_id(f: Fixture) {
    assert!(save(&f, 1, "b <script>").await && save(&f, 2, "a").await);
    assert_eq!(f.stores.selections.saved(&admin()).await.unwrap(), [selection(2, "a"), selection(1, "b <script>")]);
    let by_id = async |n| f.stores.selections.saved_by_id(&admin(), SelectionId(Uuid::from_u128(n))).await.unwrap();
    assert_eq!(by_id(2).await, Some(selection(2, "a")));
    assert_eq!(by_id(3).await, None);
}

async fn a_name_of_a_selection_is_taken_once_and_free_again_when_it_is_removed(f: Fixture) {
    assert!(save(&f, 1, "a").await && !save(&f, 2, "a").await);
    assert!(remove(&f, 1).await && !remove(&f, 1).await);
    assert!(save(&f, 3, "a").await);
    assert_eq!(acts(&f).await, ["selection.save", "selection.remove", "selection.save"]);
}

async fn without_its_audit_row_no_selection_is_saved_or_removed(f: Fixture) {
    assert!(save(&f, 1, "a").await);
    f.break_audit().await;
    assert!(f.stores.selections.save(&selection(2, "b"), &audit("selection.save", "b")).await.is_err());
    assert!(f.stores.selections.forget(SelectionId(Uuid::from_u128(1)), &audit("selection.remove", "a")).await.is_err());
    assert_eq!(f.stores.selections.saved(&admin()).await.unwrap().len(), 1);
}

async fn who_reaches_some_tenants_only_knows_no_saved_selection(f: Fixture) {
    assert!(save(&f, 1, "a").await);
    let viewer = f.viewer("acme").await;
    assert!(f.stores.selections.saved(&viewer).await.unwrap().is_empty());
    assert_eq!(f.stores.selections.saved_by_id(&viewer, SelectionId(Uuid::from_u128(1))).await.unwrap(), None);
}
