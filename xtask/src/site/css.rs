//! The style sheet: `style/main.css` with everything it imports, in one minified file.
//! Nesting, layers and `light-dark()` are kept: the browsers of 2025 know them.

use std::path::Path;

use anyhow::{Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::targets::{Browsers, Targets};

use super::{Files, NAME};
use crate::paths;
use crate::progress::{self, Step};

/// Adds the style sheet to the site.
pub fn build(files: &mut Files) -> Result<()> {
    let source = paths::root().join("style/main.css");
    if !source.is_file() {
        progress::note("css", "skipped: there is no style/main.css");
        return Ok(());
    }
    let step = Step::start("css");
    let code = bundle(&source)?;
    step.done(progress::bytes(code.len() as u64));
    files.insert(format!("pkg/{NAME}.css"), code.into_bytes());
    Ok(())
}

fn bundle(source: &Path) -> Result<String> {
    let version = |major: u32, minor: u32| Some(major << 16 | minor << 8);
    let targets = Targets::from(Browsers {
        chrome: version(125, 0),
        edge: version(125, 0),
        firefox: version(128, 0),
        safari: version(17, 5),
        ios_saf: version(17, 5),
        ..Browsers::default()
    });
    let provider = FileProvider::new();
    let mut bundler = Bundler::new(&provider, None, ParserOptions::default());
    let mut sheet = bundler.bundle(source).map_err(|error| anyhow!("{error}"))?;
    sheet.minify(MinifyOptions { targets, ..MinifyOptions::default() }).map_err(|error| anyhow!("{error}"))?;
    let printed = sheet.to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })?;
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn imports_are_bundled_and_modern_css_is_kept() {
        let dir = std::env::temp_dir().join(format!("xtask-css-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a scratch directory");
        fs::write(dir.join("main.css"), "@layer base, parts;\n@import \"base.css\" layer(base);\n").expect("a file");
        let base = ":root { color: light-dark(#111111, #eeeeee); }\n.card { & .title { margin: 0; } }\n";
        fs::write(dir.join("base.css"), base).expect("a file");
        let code = bundle(&dir.join("main.css")).expect("it is bundled");
        assert!(code.contains("light-dark("), "{code}");
        assert!(code.contains("@layer base{"), "{code}");
        assert!(code.contains(".card{") && code.contains("& .title{"), "{code}");
        assert!(!code.contains("@import") && !code.contains('\n'), "{code}");
        fs::remove_dir_all(dir).ok();
    }
}
