#[cfg(feature="ssr")] pub fn x() {}
