//! Makes the header's comments from the Rust sources' documentation.

/// Returns the first paragraph of a comment without Rust's markup, for a type, a member or
/// a constant.
pub fn summary(doc: &str) -> String {
    let first = doc.split("\n\n").next().unwrap_or_default();
    let joined = first.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(&joined)
}

/// Removes backticks and the targets of links.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '[', ']']) {
        out += &rest[..at];
        let after = &rest[at + 1..];
        rest = match rest[at..].starts_with("](") {
            true => after.split_once(')').map_or("", |(_, after)| after),
            false => after,
        };
    }
    (out + rest)
        .replace("loop_ ", "loop ")
        .replace("type_ ", "type ")
}

/// Returns the paragraphs of a function's comment. Those after `# Safety` are for Rust and
/// left out.
pub fn contract(doc: &str) -> Vec<String> {
    let said = doc.split("# Safety").next().unwrap_or_default();
    let paragraphs = said.split("\n\n").map(summary);
    paragraphs.filter(|text| !text.is_empty()).collect()
}

/// Formats an indented comment of at most 80 columns; empty for an empty text.
pub fn comment(text: &str, indent: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => comments(&[text.to_owned()], indent),
    }
}

/// Formats a comment of several paragraphs in the same way.
pub fn comments(paragraphs: &[String], indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for text in paragraphs {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(String::new());
        for word in text.split(' ') {
            let line = lines.last_mut().expect("one has just been pushed");
            // Three columns each for the comment's opening and closing marks.
            if !line.is_empty() && indent.len() + line.len() + word.len() + 7 > 80 {
                lines.push(word.to_owned());
            } else {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(word);
            }
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let text = lines.join(&format!("\n{indent} * "));
    format!("{indent}/* {} */\n", text.replace(" * \n", " *\n"))
}

/// Formats a macro over several lines with the backslashes aligned.
pub fn define(head: &str, body: &str) -> String {
    let mut out = format!("{:<78}\\\n", format!("#define {head}"));
    let lines: Vec<&str> = body.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        match at + 1 == lines.len() {
            true => out += line,
            false => out += &format!("{line:<78}\\"),
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_paragraph_without_markup() {
        let doc = "Stops it ([`uv_now`](super::uv_now)),\nsee [`x`].\n\nMore.";
        assert_eq!(summary(doc), "Stops it (uv_now), see x.");
    }

    #[test]
    fn keeps_the_whole_contract() {
        let doc = "One\nand more.\n\nTwo.\n\nReturns 0 or\nless.\n\n# Safety\nRust's.";
        let texts = contract(doc);
        assert_eq!(texts, ["One and more.", "Two.", "Returns 0 or less."]);
        let comment = comments(&texts[1..], "");
        assert_eq!(comment, "/* Two.\n *\n * Returns 0 or less. */\n");
        assert_eq!(comments(&[], ""), "");
    }

    #[test]
    fn wraps_comments() {
        assert_eq!(comment("", "  "), "");
        assert_eq!(comment("Short.", "  "), "  /* Short. */\n");
        let long = comment(&"word ".repeat(40), "  ");
        assert!(long.lines().count() > 1);
        assert!(long.lines().all(|line| line.len() <= 80));
    }

    #[test]
    fn continues_macros() {
        let text = define("M", "  a;\n  b;\n");
        assert_eq!(text.lines().filter(|line| line.ends_with('\\')).count(), 2);
        assert!(text.ends_with("  b;\n"));
    }
}
