//! Source text as HTML: escaped, names of the API linked, comments marked.

use super::declarations::is_word;
use super::links::Links;

/// Text as HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Text as HTML in which each name of the API leads to its description. The name `own` is
/// the one being described.
pub fn linked(text: &str, links: &Links, up: &str, own: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let after = &rest[start..];
        let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
        let (word, behind) = after.split_at(end);
        out += &escaped(&rest[..start]);
        out += &match links.to_name(word).filter(|_| word != own) {
            Some(page) => format!("<a href=\"{up}{page}\">{word}</a>"),
            None => word.to_owned(),
        };
        rest = behind;
    }
    out + &escaped(rest)
}

/// C source in a block.
pub fn c_block(source: &str, links: &Links, up: &str, own: &str) -> String {
    let mut out = String::new();
    let mut rest = source.trim_end();
    while let Some(start) = rest.find("/*") {
        let end = rest[start..]
            .find("*/")
            .map_or(rest.len(), |n| start + n + 2);
        out += &linked(&rest[..start], links, up, own);
        let comment = linked(&rest[start..end], links, up, own);
        out += &format!("<span class=\"comment\">{comment}</span>");
        rest = &rest[end..];
    }
    out += &linked(rest, links, up, own);
    block(&out)
}

/// Any other text in a block.
pub fn plain_block(text: &str) -> String {
    block(&escaped(text.trim_end()))
}

/// A block scrolls sideways when it is too wide, also by keys.
fn block(html: &str) -> String {
    format!("<pre tabindex=\"0\"><code>{html}</code></pre>\n")
}
