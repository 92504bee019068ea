//! Where things are on the site: names of the API, documents, and files of the repository.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// What links can lead to. Addresses are relative to the site's root.
pub struct Links {
    /// The repository's root.
    pub root: PathBuf,
    /// Functions, types and constants: where each is described.
    pub names: BTreeMap<String, String>,
    /// Files of the repository that have a page of their own.
    pub documents: BTreeMap<String, String>,
    /// Other text files that a page refers to: each gets a page with its source.
    pub sources: RefCell<BTreeSet<String>>,
    /// Images that a page shows: they are copied.
    pub images: RefCell<BTreeSet<String>>,
}

impl Links {
    /// Where a name of the API is described.
    pub fn to_name(&self, name: &str) -> Option<&str> {
        self.names
            .get(name.trim_end_matches("()"))
            .map(String::as_str)
    }

    /// The page for a file of the repository.
    pub fn to_file(&self, file: &str) -> Option<String> {
        if let Some(page) = self.documents.get(file) {
            return Some(page.clone());
        }
        if !self.root.join(file).is_file() {
            return None;
        }
        if file.ends_with(".svg") {
            self.images.borrow_mut().insert(file.to_owned());
            return Some(image_page(file));
        }
        self.sources.borrow_mut().insert(file.to_owned());
        Some(source_page(file))
    }

    /// The address of what a document in the folder `dir` links to.
    pub fn resolve(&self, dir: &str, target: &str) -> Option<String> {
        let name = target.rsplit("::").next().unwrap_or(target);
        if let Some(page) = self.to_name(name) {
            return Some(page.to_owned());
        }
        let (file, anchor) = match target.split_once('#') {
            Some((file, anchor)) => (file, format!("#{anchor}")),
            None => (target, String::new()),
        };
        Some(self.to_file(&joined(dir, file))? + &anchor)
    }
}

/// The page that shows a file's source.
pub fn source_page(file: &str) -> String {
    format!("source/{}.html", file.replace('/', "-"))
}

/// Where an image is copied to.
pub fn image_page(file: &str) -> String {
    file.rsplit('/').next().unwrap_or(file).to_owned()
}

/// `dir` and a path relative to it, without `..`.
fn joined(dir: &str, file: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in Path::new(dir).join(file).components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

/// What leads from a page to the site's root.
pub fn up(page: &str) -> &'static str {
    match page.contains('/') {
        true => "../",
        false => "",
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_are_relative_to_the_document() {
        assert_eq!(joined("docs", "../c-tests/x.c"), "c-tests/x.c");
        assert_eq!(joined("docs", "scale.svg"), "docs/scale.svg");
        assert_eq!(joined("", "docs/a.md"), "docs/a.md");
    }
}
