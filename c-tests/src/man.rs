//! Manual pages of section 3, one for each function, made of the comments in `uv.h`.

use crate::toolbox::{Doing, Failure, Result};
use std::fmt::Write;
use std::path::Path;

/// What the header says of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its prototype, without `UV_EXTERN`, on one or several lines.
    pub prototype: String,
    /// Its contract, a text for each paragraph.
    pub paragraphs: Vec<String>,
}

/// The functions that `uv.h` declares, in order.
pub fn functions(include: &Path) -> Result<Vec<Function>> {
    let header = include.join("uv.h");
    let text = std::fs::read_to_string(&header).doing(header.display())?;
    let found = declared(&text);
    match found.is_empty() {
        true => Err(Failure(format!(
            "{} declares no function",
            header.display()
        ))),
        false => Ok(found),
    }
}

/// Takes a header apart: a comment that ends in the line before `UV_EXTERN` belongs to the
/// function.
fn declared(text: &str) -> Vec<Function> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(start) = line.strip_prefix("/* ") {
            comment = start.to_owned();
            while !comment.ends_with("*/") {
                let Some(next) = lines.next() else { break };
                comment.push('\n');
                comment += next.trim_start_matches(" *").trim_start();
            }
        } else if let Some(rest) = line.strip_prefix("UV_EXTERN ") {
            let mut prototype = rest.to_owned();
            while !prototype.ends_with(';') {
                let Some(next) = lines.next() else { break };
                prototype.push('\n');
                // The lines stay aligned without the word that is left out.
                prototype += next.strip_prefix("          ").unwrap_or(next);
            }
            found.extend(function(prototype, &comment));
            comment.clear();
        } else {
            comment.clear();
        }
    }
    found
}

fn function(prototype: String, comment: &str) -> Option<Function> {
    let head = prototype.split('(').next()?;
    let name = head.rsplit([' ', '*']).next()?.to_owned();
    let said = comment.trim_end_matches("*/");
    let paragraphs = said.split("\n\n").map(|text| text.replace('\n', " "));
    let paragraphs = paragraphs.map(|text| text.trim().to_owned()).collect();
    Some(Function {
        name,
        prototype,
        paragraphs,
    })
}

/// The page of a function.
pub fn page(function: &Function, version: &str) -> String {
    let Function {
        name, prototype, ..
    } = function;
    let first = function.paragraphs.first().map_or("", String::as_str);
    let brief = first.split(". ").next().unwrap_or_default();
    let mut out = format!(
        ".\\\" Generated from uv.h.\n.TH {} 3 \"\" \"libuv-rs {version}\" \"libuv\"\n\
         .SH NAME\n{name} \\- {}\n.SH SYNOPSIS\n.nf\n.B #include <uv.h>\n.sp\n",
        name.to_uppercase(),
        escaped(brief.trim_end_matches('.'))
    );
    for line in prototype.lines() {
        writeln!(out, ".BI \"{}\"", escaped(line)).expect("a string takes everything");
    }
    out += ".fi\n.SH DESCRIPTION\n";
    let (returns, says): (Vec<_>, Vec<_>) = function
        .paragraphs
        .iter()
        .partition(|text| text.starts_with("Returns "));
    out += &says
        .iter()
        .map(|text| escaped(text))
        .collect::<Vec<_>>()
        .join("\n.PP\n");
    if !returns.is_empty() {
        out += "\n.SH RETURN VALUE\n";
        out += &returns
            .iter()
            .map(|text| escaped(text))
            .collect::<Vec<_>>()
            .join("\n.PP\n");
    }
    out + "\n"
}

/// Text as the formatter takes it: no line begins with a request, and a hyphen that is to be
/// copied stays one.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/* A type. */\ntypedef int x;\n\n/* Starts it. And\n * more.\n *\n * Returns 0. */\n\
                        UV_EXTERN int uv_x(int a,\n                   char* b);\n/* Gives text. */\n\
                        UV_EXTERN const char* uv_y(void);\n";

    #[test]
    fn takes_a_header_apart() {
        let found = declared(TEXT);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].name, "uv_x");
        assert_eq!(found[0].prototype, "int uv_x(int a,\n         char* b);");
        assert_eq!(found[0].paragraphs, ["Starts it. And more.", "Returns 0."]);
        assert_eq!(found[1].name, "uv_y");
    }

    #[test]
    fn a_page_has_the_sections_of_a_manual() {
        let page = page(&declared(TEXT)[0], "1.0");
        assert!(page.contains(".TH UV_X 3"));
        assert!(page.contains("uv_x \\- Starts it\n"));
        assert!(page.contains(".SH RETURN VALUE\nReturns 0.\n"));
        assert_eq!(escaped(".a-b"), "\\&.a\\-b");
    }
}
