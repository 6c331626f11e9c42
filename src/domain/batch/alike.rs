//! Whether the changes of two targets are the same: what tells a preview from others once the names of its tenant, its
//! namespace and its release are taken out of it, and so are the checksums that charts put on pods. By what can be shown alone; what is
//! hidden is alike, and what was cut is like nothing else, since nobody knows.

use std::fmt::Write as _;

use crate::domain::{
    diff::{Diff, DiffRow},
    preview::Preview,
};

/// A text that is the same for previews whose changes are the same: what changes in values and in which objects, hooks and
/// warnings. Long: callers keep a digest of it.
pub fn telling(preview: &Preview, tenant: &str) -> String {
    let names = [(preview.namespace.as_str(), "<namespace>"), (preview.release_name.as_str(), "<release>"), (tenant, "<tenant>")];
    // The longer name first: one may be part of the other.
    let mut names: Vec<_> = names.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let plain = |text: &str| names.iter().fold(text.to_owned(), |text, (name, with)| text.replace(name, with));
    let mut out = format!("{}\n", preview.kind.as_str());
    let effect = &preview.effect;
    changed(&mut out, "values", &effect.values, &plain);
    for object in &effect.manifest {
        let title = format!("{} {} {}", object.change.as_str(), object.kind, plain(&object.name));
        changed(&mut out, &title, &object.diff, &plain);
    }
    let is_cut = |diff: &Diff| diff.rows.iter().any(|row| matches!(row, DiffRow::Cut { .. }));
    if is_cut(&effect.values) || effect.manifest.iter().any(|object| is_cut(&object.diff)) {
        let _ = writeln!(out, "cut {}", preview.id);
    }
    for hook in &effect.hooks {
        let _ = writeln!(out, "hook {} {} {}", hook.kind, plain(&hook.name), hook.events.join(","));
    }
    for warning in &effect.warnings {
        let _ = writeln!(out, "warning {} {}", plain(&warning.subject), plain(&warning.text));
    }
    out
}

fn changed(out: &mut String, title: &str, diff: &Diff, plain: &impl Fn(&str) -> String) {
    let _ = writeln!(out, "# {title}");
    for row in &diff.rows {
        let (sign, pieces) = match row {
            DiffRow::Removed { pieces, .. } => ('-', pieces),
            DiffRow::Added { pieces, .. } => ('+', pieces),
            DiffRow::Same { .. } | DiffRow::Fold { .. } | DiffRow::Cut { .. } => continue,
        };
        let line: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let _ = writeln!(out, "{sign}{}", plain(without_checksum(&line)));
    }
}

/// A line without the digits of a checksum (`checksum/config: …`), which charts put on pods so that these begin anew when the configuration
/// is another one. That is compared itself, and its checksum would be another one for every name of a tenant in it, so that no two
/// releases of a chart were alike. The digest of an image is no checksum: it says what runs.
/// <https://helm.sh/docs/howto/charts_tips_and_tricks/#automatically-roll-deployments>
fn without_checksum(line: &str) -> &str {
    let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let is_digest = |text: &str| matches!(text.len(), 32 | 40 | 64 | 96 | 128) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match line.rsplit_once(": ") {
        Some((key, digest)) if bare(key).starts_with("checksum/") && is_digest(&bare(digest)) => key,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_on_a_pod_tells_nothing_that_its_configuration_does_not_and_an_images_digest_does() {
        let sha256 = "80b58345e1e12a49f38575a2ad9e3ca5631775d5e16d6d109156820010afc9b3";
        for line in [format!("        checksum/config: {sha256}"), format!("  \"checksum/secret\": \"{}\"", &sha256[..32])] {
            assert!(!without_checksum(&line).contains("80b5"), "{line}");
        }
        for line in [
            format!("        image: registry.example/web@sha256:{sha256}"),
            format!("        image: {sha256}"),
            "        checksum/config: the-second-one".to_owned(),
            "  checksum/config: \"7\"".to_owned(),
        ] {
            assert_eq!(without_checksum(&line), line);
        }
    }
}
