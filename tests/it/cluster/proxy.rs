//! A client of the cluster at the end of a line that can be cut.

use pilothouse::cluster::Cluster;

use super::support::Place;
pub use crate::support::line::Line;
use crate::support::line::Wire;

pub struct Proxy {
    wire: Wire,
    pub cluster: Cluster,
}

impl Proxy {
    /// A line of its own to the cluster of that place, and a client at its end.
    pub async fn new(place: &Place) -> Self {
        let (wire, kubeconfig) = Wire::to(&place.own).await;
        let path = place.dir.path().join("proxied");
        std::fs::write(&path, kubeconfig.to_string()).unwrap();
        Self { wire, cluster: Cluster::connect(Some(path)).await.unwrap() }
    }

    pub fn set(&self, line: Line) {
        self.wire.set(line);
    }
}
