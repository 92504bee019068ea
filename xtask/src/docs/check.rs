//! What holds of the site: its links lead somewhere, and nothing is missing.

use super::links::up;
use super::site::Site;
use harness::report::Outcome;
use harness::toolbox::Doing;
use harness::{Failure, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many functions libuv 1.53 exports on Linux.
const FUNCTIONS: usize = 319;

/// The HTML pages by their paths.
type Html = BTreeMap<String, String>;

/// Checks a site.
pub fn check(root: &Path, site: &Site) -> Vec<Outcome> {
    let files = match site.files(root) {
        Ok(files) => files,
        Err(why) => return Outcome::broken("site", why),
    };
    let paths: BTreeSet<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let pages = files
        .into_iter()
        .filter(|(path, _)| path.ends_with(".html"));
    let pages: Html = pages
        .map(|(path, text)| (path, String::from_utf8_lossy(&text).into_owned()))
        .collect();
    vec![
        Outcome::of("links and anchors", links(site, &pages, &paths)),
        Outcome::of("every function", functions(root, site, &pages)),
        Outcome::of("every example", examples(root, &pages)),
        Outcome::of("nothing from elsewhere", resources(&pages)),
    ]
}

/// The values of an attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let mark = format!(" {attribute}=\"");
    let parts = html.split(&*mark).skip(1);
    parts.filter_map(|rest| rest.split('"').next()).collect()
}

/// Each link and each result of the search leads to a file of the site, and to an anchor in
/// it. No anchor is there twice.
fn links(site: &Site, pages: &Html, files: &BTreeSet<String>) -> Result {
    let mut wrong = Vec::new();
    let mut anchors: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, text) in pages {
        let ids = values(text, "id");
        let set: BTreeSet<&str> = ids.iter().copied().collect();
        if set.len() != ids.len() {
            wrong.push(format!("{path}: an anchor is there twice"));
        }
        anchors.insert(path, set);
    }
    for (path, text) in pages {
        for link in values(text, "href").into_iter().chain(values(text, "src")) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = match file {
                "" => path.clone(),
                _ => beside(path, file),
            };
            let known = || anchors.get(&*file).is_some_and(|ids| ids.contains(anchor));
            if !files.contains(&file) || (!anchor.is_empty() && !known()) {
                wrong.push(format!("{path}: {link}"));
            }
        }
    }
    for page in &site.pages {
        for entry in page.entries.iter().filter(|entry| !entry.anchor.is_empty()) {
            if !anchors[&*page.path].contains(&*entry.anchor) {
                wrong.push(format!("search: {}#{}", page.path, entry.anchor));
            }
        }
    }
    all_is_well(wrong)
}

/// The path of a file to which a page refers.
fn beside(page: &str, file: &str) -> String {
    match (file.strip_prefix("../"), page.rsplit_once('/')) {
        (Some(file), _) if up(page) == "../" => file.to_owned(),
        (None, Some((folder, _))) => format!("{folder}/{file}"),
        _ => file.to_owned(),
    }
}

/// Each function that the header exports has a description and is found by the search.
fn functions(root: &Path, site: &Site, pages: &Html) -> Result {
    let read = |name: &str| std::fs::read_to_string(root.join(name)).doing(name);
    let headers = read("include/uv.h")? + &read("include/uvx.h")?;
    let exported = headers
        .lines()
        .filter_map(|line| line.strip_prefix("UV_EXTERN "));
    let before = exported.filter_map(|line| line.split('(').next());
    let names: Vec<&str> = before
        .filter_map(|head| head.rsplit([' ', '*']).next())
        .collect();
    let libuvs = names.iter().filter(|name| name.starts_with("uv_")).count();
    if libuvs != FUNCTIONS {
        return Err(Failure(format!("uv.h declares {libuvs} functions")));
    }
    let index = super::search::index(&site.pages);
    let mut wrong = Vec::new();
    for name in names {
        let described = format!("<section id=\"{name}\" ");
        let mut api = pages.iter().filter(|(path, _)| path.starts_with("api/"));
        if !api.any(|(_, text)| text.contains(&described)) {
            wrong.push(format!("{name} has no description"));
        }
        if !pages["api/index.html"].contains(&format!("#{name}\"")) {
            wrong.push(format!("{name} is not in the index"));
        }
        if !index.contains(&format!("[\"function\",\"{name}\",")) {
            wrong.push(format!("{name} is not found by the search"));
        }
    }
    all_is_well(wrong)
}

/// Each example has a page, which the list of examples names.
fn examples(root: &Path, pages: &Html) -> Result {
    let list = values(&pages["examples/index.html"], "href");
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(root.join("examples"))? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(".c") else {
            continue;
        };
        let page = format!("{name}.html");
        if !list.contains(&&*page) || !pages.contains_key(&format!("examples/{page}")) {
            wrong.push(format!("examples/{file}"));
        }
    }
    all_is_well(wrong)
}

/// A page needs nothing but the site's own files.
fn resources(pages: &Html) -> Result {
    let mut wrong = Vec::new();
    for (path, text) in pages {
        let fetched = text.split('<').filter(|tag| {
            ["img ", "script ", "link ", "iframe "]
                .iter()
                .any(|name| tag.starts_with(name))
        });
        let foreign = fetched.filter(|tag| tag.split('>').next().unwrap_or(tag).contains("//"));
        wrong.extend(foreign.map(|tag| format!("{path}: <{tag}")));
    }
    all_is_well(wrong)
}

fn all_is_well(wrong: Vec<String>) -> Result {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Failure(wrong.join("\n"))),
    }
}
