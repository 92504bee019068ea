//! One page of the site, and the frame that all pages have.

use super::code::escaped;
use super::links::up;

/// A page.
pub struct Page {
    /// Its address, relative to the site's root.
    pub path: String,
    /// Its title.
    pub title: String,
    /// What it says, as HTML.
    pub body: String,
    /// What the search finds on it.
    pub entries: Vec<Entry>,
}

impl Page {
    /// An empty page.
    pub fn new(path: String, title: &str) -> Self {
        Page {
            path,
            title: title.to_owned(),
            body: String::new(),
            entries: Vec::new(),
        }
    }
}

/// One result that the search may find.
pub struct Entry {
    /// What it is, in one word.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// Where it is on its page.
    pub anchor: String,
    /// The words that find it, besides its title.
    pub text: String,
}

impl Entry {
    /// An entry; blanks in its text are joined.
    pub fn new(kind: &'static str, title: &str, anchor: &str, text: String) -> Self {
        Entry {
            kind,
            title: title.to_owned(),
            anchor: anchor.to_owned(),
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}

/// A heading of the navigation, and the pages below it: address and title.
pub type Menu = Vec<(&'static str, Vec<(String, String)>)>;

/// The whole page. The menu comes twice: a narrow window shows the one that is folded, a
/// wide one the other.
pub fn whole(page: &Page, menu: &Menu) -> String {
    let up = up(&page.path);
    let title = match page.path.as_str() {
        "index.html" => "libuv-rs".to_owned(),
        _ => format!("{} – libuv-rs", page.title),
    };
    let script = match page.path.as_str() {
        super::search::PAGE => {
            "<script src=\"search-index.js\"></script>\n<script src=\"search.js\"></script>\n"
        }
        _ => "",
    };
    let menu = menu_html(menu, page, up);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"{up}style.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to content</a>\n<header>\n\
         <a class=\"name\" href=\"{up}index.html\">libuv-rs</a>\n\
         <form role=\"search\" action=\"{up}{}\"><label for=\"q\">Search</label>\n\
         <input id=\"q\" name=\"q\" type=\"search\" autocomplete=\"off\"><button>Search</button></form>\n\
         <details class=\"menu\"><summary>Menu</summary><nav aria-label=\"Pages\">{menu}</nav></details>\n\
         </header>\n<div class=\"columns\">\n<nav class=\"side\" aria-label=\"Pages\">{menu}</nav>\n\
         <main id=\"main\" tabindex=\"-1\">\n{}</main>\n</div>\n\
         <footer>libuv-rs 1.53.0, MIT licensed.</footer>\n{script}</body>\n</html>\n",
        escaped(&title),
        super::search::PAGE,
        page.body,
    )
}

fn menu_html(menu: &Menu, page: &Page, up: &str) -> String {
    let mut out = String::new();
    for (heading, items) in menu {
        out += &format!("<p>{heading}</p>\n<ul>\n");
        for (path, title) in items {
            let current = match *path == page.path {
                true => " aria-current=\"page\"",
                false => "",
            };
            let title = escaped(title);
            out += &format!("<li><a href=\"{up}{path}\"{current}>{title}</a></li>\n");
        }
        out += "</ul>\n";
    }
    out
}
