//! Tests against the real things: databases, Helm, a Kubernetes control plane. One binary, so that it links once.

mod helm;
