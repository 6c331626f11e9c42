//! Values on their way to Helm's standard input: complete before Helm starts, in memory alone. Does not check them.
//!
//! A pipe, which other systems than Linux have to do with, would not do: were we killed before all is written, Helm would
//! read an end of file and upgrade with the chart's defaults.

use std::{io, process::Stdio};

use serde_json::{Map, Value};

/// Those values as Helm's standard input.
pub(super) fn standard_input(values: &Map<String, Value>) -> io::Result<Stdio> {
    let text = as_json(values)?;
    in_memory(text.as_bytes())
}

/// JSON that every YAML reader takes for the same text: what YAML 1.1 forbids or reads as a line break is escaped.
fn as_json(values: &Map<String, Value>) -> io::Result<String> {
    let json = serde_json::to_string(values)?;
    let special = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if !json.contains(special) {
        return Ok(json);
    }
    // Characters like these stand only inside of strings, and all fit into one escape of four digits.
    let escaped = json.chars().map(|c| if special(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() });
    Ok(escaped.collect())
}

#[cfg(target_os = "linux")]
fn in_memory(bytes: &[u8]) -> io::Result<Stdio> {
    use std::io::{Seek, Write};

    let memory = rustix::fs::memfd_create("values", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut file = std::fs::File::from(memory);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

/// Elsewhere a pipe and a thread that fills it: whoever kills us in that very moment cuts the JSON short, and Helm
/// refuses what is cut short; only an end before the first byte would go unnoticed.
#[cfg(not(target_os = "linux"))]
fn in_memory(bytes: &[u8]) -> io::Result<Stdio> {
    use std::io::Write;

    let (reader, mut writer) = io::pipe()?;
    let bytes = bytes.to_vec();
    std::thread::spawn(move || drop(writer.write_all(&bytes)));
    Ok(reader.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_json_that_yaml_reads_alike() {
        let values = serde_json::json!({ "a": "x\u{2028}\u{85}\u{7f}\u{feff}é😀\n", "b": { "n": 1 } });
        let text = as_json(values.as_object().unwrap()).unwrap();
        assert_eq!(text, r#"{"a":"x\u2028\u0085\u007f\ufeffé😀\n","b":{"n":1}}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), values);
    }

    #[test]
    fn no_values_are_an_empty_map_and_not_nothing() {
        assert_eq!(as_json(&Map::new()).unwrap(), "{}");
    }
}
