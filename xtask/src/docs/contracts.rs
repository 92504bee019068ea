//! What the sources below `src/api` say to a caller: the comment of each exported
//! function, from which `cargo xtask header` makes the one in `uv.h`, with its markup.

use harness::Result;
use harness::toolbox::Doing;
use std::path::Path;

/// One file below `src/api`.
pub struct File {
    /// What the file says of itself.
    pub about: String,
    /// Each exported function with its comment, in the order of the file.
    pub functions: Vec<(String, String)>,
}

/// Reads the file of that name below `src/api`, without the ending.
pub fn read(root: &Path, name: &str) -> Result<File> {
    let path = root.join("src/api").join(name).with_extension("rs");
    let text = std::fs::read_to_string(&path).doing(path.display())?;
    Ok(parse(&text))
}

fn parse(source: &str) -> File {
    let (mut about, mut comment) = (String::new(), String::new());
    let mut functions = Vec::new();
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("//!") {
            about = about + text.trim() + "\n";
        } else if let Some(text) = line.strip_prefix("///") {
            comment = comment + text.trim() + "\n";
        } else if let Some((_, rest)) = line.split_once("extern \"C\" fn ") {
            let name = rest.split('(').next().unwrap_or_default();
            functions.push((name.to_owned(), to_callers_in_c(&comment)));
            comment.clear();
        } else if !line.starts_with("//") && !line.starts_with('#') {
            comment.clear();
        }
    }
    let about = to_callers_in_c(&about);
    File { about, functions }
}

/// What a comment says in Rust's terms, and how a C programmer knows it.
const SPELLINGS: &[(&str, &str)] = &[
    ("`loop_`", "`loop`"),
    ("`loop_->", "`loop->"),
    ("`type_`", "`type`"),
    ("are in `stream.rs`", "are on the page of [`uv_stream_t`]"),
    (" The options are in `udp_options.rs`.", ""),
    (" (Miscellaneous utilities)", ""),
    (" (Threading and\nsynchronization utilities)", ""),
    (" (Threading and synchronization utilities)", ""),
];

/// What a comment says to a caller in C: all that comes before `# Safety`.
fn to_callers_in_c(comment: &str) -> String {
    let said = comment.split("# Safety").next().unwrap_or_default();
    let said = SPELLINGS
        .iter()
        .fold(said.to_owned(), |said, (rust, c)| said.replace(rust, c));
    said.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_comments_to_their_functions() {
        let source = "//! About.\n\n/// Of no function.\nfn f() {}\n\n/// Ends `loop_`.\n///\n/// Returns 0.\n///\n\
                      /// # Safety\n/// Rust's.\n#[unsafe(no_mangle)]\npub unsafe extern \"C\" fn uv_end(a: i32) -> i32 {\n";
        let file = parse(source);
        assert_eq!(file.about, "About.");
        let end = ("uv_end".to_owned(), "Ends `loop`.\n\nReturns 0.".to_owned());
        assert_eq!(file.functions, [end]);
    }
}
