//! How the tests went on genuine libuv, remembered between runs. Only what a run
//! has shown is written, under a key that changes with the sources and the sandbox.

use super::run_one::Did;
use super::{Ran, Results};
use crate::toolbox::{Doing, Result};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Duration;

/// What is remembered under that key; nothing when in doubt.
pub fn recall(path: &Path, key: &str) -> Results {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let Ok(memory) = serde_json::from_str::<Value>(&text) else {
        return Results::new();
    };
    if memory["key"] != key {
        return Results::new();
    }
    let results = memory["results"].as_object();
    let entries = results.into_iter().flatten();
    entries
        .filter_map(|(test, entry)| Some((test.clone(), ran(entry)?)))
        .collect()
}

/// Deletes the kept results.
pub fn forget(path: &Path) {
    let _ = std::fs::remove_file(path);
}

/// Keeps results, except timeouts and flaky tests, which are to be run again.
pub fn remember(path: &Path, key: &str, results: &Results) -> Result {
    let sure = results
        .iter()
        .filter(|(_, ran)| ran.flaky.is_none() && ran.did != Did::Timeout);
    let entries: Map<String, Value> = sure.map(|(test, ran)| (test.clone(), entry(ran))).collect();
    let text = json!({ "key": key, "results": entries }).to_string();
    std::fs::write(path, text).doing(path.display())
}

fn entry(ran: &Ran) -> Value {
    let (did, why) = match &ran.did {
        Did::Pass => ("pass", ""),
        Did::Skip(why) => ("skip", why.as_str()),
        Did::Fail(why) => ("fail", why.as_str()),
        Did::Missing(symbol) => ("missing", symbol.as_str()),
        Did::Timeout => ("timeout", ""),
    };
    let milliseconds = u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX);
    json!({ "did": did, "why": why, "ms": milliseconds })
}

fn ran(entry: &Value) -> Option<Ran> {
    let why = entry["why"].as_str()?.to_owned();
    let did = match entry["did"].as_str()? {
        "pass" => Did::Pass,
        "skip" => Did::Skip(why),
        "fail" => Did::Fail(why),
        "missing" => Did::Missing(why),
        _ => return None,
    };
    let took = Duration::from_millis(entry["ms"].as_u64()?);
    Some(Ran {
        did,
        took,
        flaky: None,
    })
}
