//! x
use anyhow::Result;
use std::path::Path;
/// x
pub fn command(_dir: &Path, _serve: bool) -> Result<()> {
    Ok(())
}
