//! Whether the changes of two targets are the same: what tells a preview from others once the names of its tenant, its
//! namespace and its release are taken out of it. By what can be shown alone; what is hidden is alike, and what was cut is like
//! nothing else, since nobody knows.

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
        let _ = writeln!(out, "{sign}{}", plain(&line));
    }
}
