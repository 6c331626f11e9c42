//! Audit rows as CSV (RFC 4180), safe to open in a spreadsheet: no cell begins a formula. Asks for nothing.

use crate::domain::audit::{AuditRow, Facts};

const HEAD: [&str; 13] =
    ["seq", "at", "actor", "via", "from", "door", "act", "tenantId", "subject", "operationId", "reason", "before", "after"];

/// Rows, the first piece with a head.
pub(super) fn piece(rows: &[AuditRow], head: bool) -> String {
    let head = if head { line(HEAD.map(str::to_owned)) } else { String::new() };
    rows.iter().map(row).fold(head, |text, row| text + &row)
}

fn row(row: &AuditRow) -> String {
    let entry = &row.entry;
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let facts = |facts: &Option<Facts>| facts.as_ref().and_then(|facts| serde_json::to_string(facts).ok()).unwrap_or_default();
    line([
        row.seq.to_string(),
        entry.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        entry.actor.clone(),
        some(&entry.via),
        some(&entry.from),
        entry.door.as_str().to_owned(),
        entry.act.clone(),
        entry.tenant.map(|id| id.to_string()).unwrap_or_default(),
        entry.subject.clone(),
        entry.operation.map(|id| id.to_string()).unwrap_or_default(),
        some(&entry.reason),
        facts(&entry.before),
        facts(&entry.after),
    ])
}

fn line(cells: [String; 13]) -> String {
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r', ';', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_has_to_be_and_never_a_formula() {
        for (text, written) in [
            ("plain words", "plain words"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"\nthere", "\"say \"\"hi\"\"\nthere\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("@SUM", "\"'@SUM\""),
            ("  +1", "\"'  +1\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
