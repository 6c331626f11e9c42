//! Pages of a list. Does not query: stores do.

use serde::{Deserialize, Deserializer, Serialize};

/// One page of a longer list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// The page's number, from 0.
    pub page: u32,
    /// The most rows a page holds.
    pub size: u32,
    /// How many rows there are on all pages.
    pub total: u64,
}

impl<T> Page<T> {
    /// How many pages there are; at least 1.
    pub fn pages(&self) -> u32 {
        u32::try_from(self.total.div_ceil(u64::from(self.size.max(1)))).unwrap_or(u32::MAX).max(1)
    }
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// From 0.
    pub page: u32,
    /// 1 to 500, also where somebody else wrote it.
    #[serde(deserialize_with = "kept")]
    pub size: u32,
}

fn kept<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    Ok(Paging::new(0, u32::deserialize(from)?).size)
}

impl Paging {
    /// Keeps the size between 1 and 500.
    pub fn new(page: u32, size: u32) -> Self {
        Self { page, size: size.clamp(1, 500) }
    }

    /// How many rows come before the page.
    pub fn offset(self) -> i64 {
        i64::from(self.page) * i64::from(self.size)
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self { page: 0, size: 50 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_asks_for_a_page_that_holds_everything() {
        let asked: Paging = serde_json::from_str(r#"{"page": 2, "size": 4000000000}"#).unwrap();
        assert_eq!(asked, Paging { page: 2, size: 500 });
    }
}
