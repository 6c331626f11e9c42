//! The contract of the stores: what holds whichever database is underneath. Each test is a function over a
//! [`Fixture`]; [`contract!`] makes a test of it for every database there is.

mod audit;
mod batches;
mod drifts;
pub mod fixture;
mod lives;
mod matrix;
mod operations;
mod people;
mod previews;
mod projection;
mod reach;
mod releases;
mod seal;
mod selections;
mod sessions;
mod sights;
mod sources;
mod speed;
mod tenant_changes;
mod tenants;
mod webhooks;
mod work;

/// Runs functions over a fixture as tests, once per database.
macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name($crate::store::fixture::Fixture::sqlite().await).await;
                }
            )+
        }
    };
}
use contract;
