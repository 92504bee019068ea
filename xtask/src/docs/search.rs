//! The search: its page, and the file of what it can find.
//!
//! The index is a script, not data to be fetched, so that it can be read from a disk too.

use super::page::Page;

/// The page that shows results.
pub const PAGE: &str = "search.html";

/// The script that searches.
pub const SCRIPT: &str = include_str!("search.js");

/// The page for results. Without scripts it leads to the index.
pub fn page() -> Page {
    let mut page = Page::new(PAGE.into(), "Search");
    page.body = "<h1>Search</h1>\n<p id=\"status\" role=\"status\">The search needs scripts. Without \
                 them, the <a href=\"api/index.html\">index</a> lists every function and type.</p>\n\
                 <ol id=\"results\"></ol>\n"
        .to_owned();
    page
}

/// The index: a list of kind, title, address, page and text.
pub fn index(pages: &[Page]) -> String {
    let mut out = "const searchIndex = [\n".to_owned();
    for page in pages {
        for entry in &page.entries {
            let address = match entry.anchor.as_str() {
                "" => page.path.clone(),
                anchor => format!("{}#{anchor}", page.path),
            };
            let fields = [entry.kind, &entry.title, &address, &page.title, &entry.text];
            let fields: Vec<String> = fields.into_iter().map(quoted).collect();
            out += &format!("[{}],\n", fields.join(","));
        }
    }
    out + "];\n"
}

/// A string of JavaScript.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn strings_are_quoted() {
        assert_eq!(quoted("a \"b\"\\\n"), "\"a \\\"b\\\"\\\\ \"");
    }
}
