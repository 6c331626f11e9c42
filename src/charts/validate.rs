//! Validating values against a chart's schema as Helm does, within bounds: a schema is a stranger's, and a small one can
//! ask for endless work. Refers to nothing outside of the schema: [`super::schema`] has refused what does.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jsonschema::{Keyword, PatternOptions, ValidationError};
use serde_json::{Map, Value};

use super::{schema, text::short};
use crate::domain::{redact::HIDDEN, values::ValueProblem};

/// The largest schema that is validated with.
const MAX_SCHEMA: usize = 1 << 20;
/// The most regular expressions in it, and the memory that each may take.
const MAX_PATTERNS: usize = 300;
const MAX_PATTERN: usize = 1 << 20;
/// The most work: each time that a schema is applied to a value costs as much as it has entries.
const MAX_WORK: u64 = 1_000_000;
/// The most problems that are told of.
const MAX_PROBLEMS: usize = 100;
/// For a schema that refers to itself while the values nest; more than that is never used.
const STACK: usize = 64 << 20;
/// The keyword that counts the work; no chart has it.
const WORK: &str = "x-pilothouse-work";

/// What is wrong with these values, which have the chart's defaults in them already; the error completes "because …".
/// Takes up to a second and a stack of its own: not for a thread that answers requests.
pub fn validate(schema: &str, values: &Map<String, Value>) -> Result<Vec<ValueProblem>, String> {
    if schema.len() > MAX_SCHEMA {
        return Err(format!("its values.schema.json has more than {} KiB", MAX_SCHEMA >> 10));
    }
    schema::check(schema.as_bytes())?;
    let mut schema: Value = serde_json::from_str(schema).map_err(|_| "its values.schema.json cannot be read as JSON")?;
    let mut patterns = 0;
    prepare(&mut schema, &mut patterns)?;
    if patterns > MAX_PATTERNS {
        return Err(format!("its values.schema.json has more than {MAX_PATTERNS} patterns"));
    }
    let values = Value::Object(values.clone());
    let run = move || catch_unwind(AssertUnwindSafe(|| problems(&schema, &values)));
    let thread = std::thread::Builder::new().name("schema".into()).stack_size(STACK).spawn(run);
    let ended = thread.map_err(|_| "there is no thread to validate on")?.join();
    ended.unwrap_or_else(|_| Ok(Err("its values.schema.json cannot be used".into()))).unwrap_or_else(|stop| {
        let spent = stop.is::<Spent>();
        Err(if spent { "its values.schema.json asks for too much work" } else { "its values.schema.json cannot be used" }.into())
    })
}

fn problems(schema: &Value, values: &Value) -> Result<Vec<ValueProblem>, String> {
    let left = Arc::new(AtomicU64::new(MAX_WORK));
    let validator = jsonschema::options()
        // As Helm's own expressions: their time is in proportion to the text.
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN))
        .with_keyword(WORK, move |_, cost, _| Ok(Box::new(Work { cost: cost.as_u64().unwrap_or(1), left: left.clone() })))
        .build(schema)
        .map_err(|error| format!("its values.schema.json is no schema: {}", short(&error.masked().to_string(), 200)))?;
    let told = |error: ValidationError<'_>| {
        let path = error.instance_path().to_string();
        // What an editor was not shown cannot be judged.
        let hidden = values.pointer(&path).is_some_and(|value| value == HIDDEN);
        // Without the value itself: the chart's defaults may be secret.
        (!hidden).then(|| ValueProblem { message: short(&error.masked().to_string(), 300), path })
    };
    Ok(validator.iter_errors(values).filter_map(told).take(MAX_PROBLEMS).collect())
}

/// Counts down the work that is left, and ends it where none is.
struct Work {
    cost: u64,
    left: Arc<AtomicU64>,
}

/// The work was too much.
struct Spent;

impl Work {
    fn count(&self) {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(self.cost));
        if taken.is_err() {
            // The validator cannot be told to stop; this unwinds to where it was called, and no further.
            resume_unwind(Box::new(Spent));
        }
    }
}

impl<'i> Keyword<'i> for Work {
    fn validate(&self, _: &'i Value) -> Result<(), ValidationError<'i>> {
        self.count();
        Ok(())
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        self.count();
        true
    }
}

/// Gives every schema in a schema the keyword that counts, and takes away what only describes. A reference to what is no
/// schema would get around that.
fn prepare(value: &mut Value, patterns: &mut usize) -> Result<(), &'static str> {
    let map = match value {
        Value::Array(items) => return items.iter_mut().try_for_each(|item| prepare(item, patterns)),
        Value::Object(map) => map,
        _ => return Ok(()),
    };
    map.remove("default");
    map.remove("examples");
    let mut cost = 1;
    for (key, value) in map.iter_mut() {
        cost += entries(value);
        match (key.as_str(), value) {
            ("enum" | "const", value) => cost += weight(value),
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(target)) => {
                if target.contains('%') || target.split('/').any(|part| matches!(part, "enum" | "const")) {
                    return Err("its values.schema.json refers to a part of it that is no schema");
                }
            }
            ("pattern", _) => *patterns += 1,
            ("properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" | "dependencies", Value::Object(named)) => {
                if key == "patternProperties" {
                    *patterns += named.len();
                }
                named.values_mut().try_for_each(|schema| prepare(schema, patterns))?;
            }
            (_, value) => prepare(value, patterns)?,
        }
    }
    map.insert(WORK.into(), cost.into());
    Ok(())
}

fn entries(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    }
}

fn weight(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(weight).sum::<usize>(),
        Value::String(text) => 1 + text.len() / 64,
        _ => 1,
    }
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
