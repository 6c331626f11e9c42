//! Previews and the batch that one is part of.

use pilothouse::domain::{
    actor::Actor,
    batch::{Batch, BatchState, Target},
    ids::PreviewId,
    preview::PartOfBatch,
};

use super::{
    batches::{found, four, kept},
    contract,
    fixture::*,
};

contract!(
    a_preview_is_part_of_the_batch_whose_target_it_was_rendered_for,
    a_preview_in_whose_place_there_is_another_is_part_of_no_batch,
    only_who_reaches_every_tenant_is_told_which_batch_a_preview_is_part_of,
);

fn preview(number: u128) -> PreviewId {
    PreviewId(uuid::Uuid::from_u128(0xDDDD_0000 + number))
}

/// Four targets: the first and the second get the same, the third gets something else, the last is not rendered yet.
async fn rendered(f: &Fixture) -> Vec<Target> {
    let mut targets = four(f).await;
    for (target, (number, alike)) in targets.iter_mut().zip([(1, "same"), (2, "same"), (3, "other")]) {
        (target.preview_id, target.alike) = (Some(preview(number)), Some(alike.into()));
    }
    targets
}

async fn part(f: &Fixture, actor: &Actor, number: u128) -> Option<PartOfBatch> {
    f.stores.previews.part_of(actor, preview(number)).await.unwrap()
}

async fn a_preview_is_part_of_the_batch_whose_target_it_was_rendered_for(f: Fixture) {
    let made = kept(&f, &rendered(&f).await).await;
    // Another batch, whose targets are called alike by the same word.
    let mut others = rendered(&f).await;
    for (target, number) in others.iter_mut().zip(11..) {
        target.preview_id = Some(preview(number));
    }
    let other = kept(&f, &others).await;
    let of = |batch: &Batch, over, alike| Some(PartOfBatch { batch: batch.id, title: batch.title.clone(), over, alike });
    assert_eq!(part(&f, &admin(), 1).await, of(&made, false, 2));
    assert_eq!(part(&f, &admin(), 2).await, of(&made, false, 2));
    assert_eq!(part(&f, &admin(), 3).await, of(&made, false, 1));
    assert_eq!(part(&f, &admin(), 11).await, of(&other, false, 2), "what another batch does is not counted");
    assert_eq!(part(&f, &admin(), 4).await, None);

    let over = Batch { state: BatchState::Finished, finished_at: Some(at(9)), ..found(&f, &made).await };
    assert!(f.stores.batches.write(&over, &[], None, &[]).await.unwrap());
    assert_eq!((part(&f, &admin(), 1).await, part(&f, &admin(), 11).await), (of(&made, true, 2), of(&other, false, 2)));
}

async fn a_preview_in_whose_place_there_is_another_is_part_of_no_batch(f: Fixture) {
    let targets = rendered(&f).await;
    let made = kept(&f, &targets).await;
    let anew = [
        Target { preview_id: None, alike: None, ..targets[0].clone() },
        Target { preview_id: Some(preview(20)), alike: None, ..targets[1].clone() },
    ];
    assert!(f.stores.batches.write(&found(&f, &made).await, &anew, None, &[]).await.unwrap());
    assert_eq!((part(&f, &admin(), 1).await, part(&f, &admin(), 2).await), (None, None));
    let of = |alike| Some(PartOfBatch { batch: made.id, title: made.title.clone(), over: false, alike });
    assert_eq!((part(&f, &admin(), 20).await, part(&f, &admin(), 3).await), (of(0), of(1)), "nothing is known to be like it");
}

async fn only_who_reaches_every_tenant_is_told_which_batch_a_preview_is_part_of(f: Fixture) {
    kept(&f, &rendered(&f).await).await;
    assert!(part(&f, &admin(), 1).await.is_some());
    assert_eq!(part(&f, &f.viewer("acme").await, 1).await, None);
    assert_eq!(part(&f, &admin().within(f.tenant("acme").await), 1).await, None, "not even of their own tenant");
}
