//! What the installed headers declare: functions, types and constants, as C spells them.

/// What a declaration declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An exported function.
    Function,
    /// A structure, union, enumeration or other `typedef`.
    Type,
    /// A macro.
    Constant,
}

/// One declaration of a header.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it declares.
    pub kind: Kind,
    /// The name under which it is listed.
    pub name: String,
    /// Its enumerators, if it is an enumeration.
    pub enumerators: Vec<String>,
    /// The comment above it, without the comment marks.
    pub comment: String,
    /// The declaration itself.
    pub code: String,
}

/// Macros with these in their names are the library's own business.
const PRIVATE: &[&str] = &["PRIVATE", "PLATFORM", "UV_EXTERN", "UV__"];

/// Reads every declaration of a header that `cargo xtask header` has written.
pub fn parse(header: &str) -> Vec<Declaration> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("/* ") {
            comment = through(line, &mut lines, |line| line.ends_with("*/"));
            continue;
        }
        // A definition that depends on another is indented behind the `#`.
        let line = &line.replacen("# define ", "#define ", 1);
        let code = match line.split(' ').next().unwrap_or_default() {
            "UV_EXTERN" => through(line, &mut lines, |line| line.ends_with(';')),
            "#define" => through(line, &mut lines, |line| !line.ends_with('\\')),
            "typedef" | "struct" | "union" | "enum" => {
                let ends = |line: &str| !line.starts_with(' ') && line.ends_with(';');
                through(line, &mut lines, ends)
            }
            _ => String::new(),
        };
        let comment = std::mem::take(&mut comment);
        found.extend(declaration(&code, &text_of(&comment)));
    }
    use_typedefs(header, &mut found);
    found
}

/// A line and those after it, up to one that is the last.
fn through<'a>(
    first: &str,
    lines: &mut impl Iterator<Item = &'a str>,
    is_last: impl Fn(&str) -> bool,
) -> String {
    let mut text = first.to_owned();
    let mut last = is_last(first);
    while !last {
        let Some(line) = lines.next() else { break };
        text = text + "\n" + line;
        last = is_last(line);
    }
    text
}

/// The text of a comment.
fn text_of(comment: &str) -> String {
    let inside = comment.trim_start_matches("/*").trim_end_matches("*/");
    let lines = inside.lines().map(|line| {
        let line = line.trim();
        line.strip_prefix('*').unwrap_or(line).trim()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a name begins as those of `uv.h` or those of `uvx.h`.
fn is_exported(name: &str, uv: &str, uvx: &str) -> bool {
    name.starts_with(uv) || name.starts_with(uvx)
}

/// A declaration, unless it is private or only announces a structure.
fn declaration(code: &str, comment: &str) -> Option<Declaration> {
    let kind = match code.split(' ').next()? {
        "" => return None,
        "UV_EXTERN" => Kind::Function,
        "#define" => Kind::Constant,
        _ => Kind::Type,
    };
    let announced = code.starts_with("typedef struct ") || code.starts_with("struct ");
    if announced && !code.contains('{') {
        return None;
    }
    let enumerators = match code.contains("enum ") || code.contains("_TYPE_MAP(") {
        true => enumerators(code),
        false => Vec::new(),
    };
    let name = match kind {
        Kind::Function => last_word(code.split('(').next()?),
        Kind::Constant => first_word(code.strip_prefix("#define ")?),
        Kind::Type => type_name(code).or_else(|| enumerators.first().cloned())?,
    };
    let private = match kind {
        // A macro without a value tells that a header has been read.
        Kind::Constant => {
            !is_exported(&name, "UV_", "UVX_")
                || code.ends_with(&name)
                || PRIVATE.iter().any(|part| name.contains(part))
        }
        _ => !is_exported(&name.to_lowercase(), "uv_", "uvx_") || name.starts_with("uv__"),
    };
    (!private).then(|| Declaration {
        kind,
        name,
        enumerators,
        comment: comment.to_owned(),
        code: aligned(code),
    })
}

/// The code without the word that exports it; continuation lines stay aligned.
fn aligned(code: &str) -> String {
    match code.strip_prefix("UV_EXTERN ") {
        Some(code) => code.replace("\n          ", "\n"),
        None => code.to_owned(),
    }
}

/// The name of a type: the one in the first parentheses of a pointer to a function, the
/// word behind a body, the tag before it, or the last word.
fn type_name(code: &str) -> Option<String> {
    if let Some((head, _)) = code.split_once(" {") {
        let behind = last_word(code.trim_end_matches(';').rsplit('}').next()?);
        let names = [behind, last_word(head)];
        return names.into_iter().find(|name| name.starts_with("uv_"));
    }
    match code.split_once("(*") {
        Some((_, rest)) => Some(first_word(rest)),
        None => Some(last_word(code.trim_end_matches(';'))),
    }
}

/// Calls structures by the names that a `typedef` gives them, where there is one.
fn use_typedefs(header: &str, declarations: &mut [Declaration]) {
    for declaration in declarations {
        let tag = &declaration.name;
        let Some(name) = tag.strip_suffix("_s").map(|stem| format!("{stem}_t")) else {
            continue;
        };
        if header.contains(&format!("\ntypedef struct {tag} {name};")) {
            declaration.name = name;
        }
    }
}

/// The constants of an enumeration, or of a list of kinds: `XX(TCP, tcp)` is `UV_TCP`.
fn enumerators(code: &str) -> Vec<String> {
    let name = |line: &str| match line.strip_prefix("XX(") {
        Some(kind) => Some(format!("UV_{}", first_word(kind))),
        None => (line.starts_with("UV_") && !line.contains('(')).then(|| first_word(line)),
    };
    let names = code.lines().map(str::trim).filter_map(name);
    names.filter(|name| !name.contains("PRIVATE")).collect()
}

/// Whether a character may stand in a name.
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn first_word(text: &str) -> String {
    text.split(|c| !is_word(c))
        .next()
        .unwrap_or_default()
        .into()
}

fn last_word(text: &str) -> String {
    text.rsplit(|c| !is_word(c))
        .next()
        .unwrap_or_default()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(header: &str) -> Declaration {
        let found = parse(header);
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    }

    #[test]
    fn functions_with_their_comments() {
        let header = "/* Does it.\n *\n * Returns 0. */\nUV_EXTERN int uv_do(int a,\n                    int b);\n";
        let function = one(header);
        assert_eq!(function.name, "uv_do");
        assert_eq!(function.comment, "Does it.\n\nReturns 0.");
        assert_eq!(function.code, "int uv_do(int a,\n          int b);");
    }

    #[test]
    fn types_of_every_form() {
        let name = |header| one(header).name;
        assert_eq!(name("typedef void (*uv_x_cb)(int a,\n  int b);"), "uv_x_cb");
        assert_eq!(name("typedef int uv_file;"), "uv_file");
        let tcp = "\ntypedef struct uv_tcp_s uv_tcp_t;\nstruct uv_tcp_s {\n  int a;\n};";
        assert_eq!(name(tcp), "uv_tcp_t");
        assert_eq!(name("struct uv_x_s {\n  int a;\n};"), "uv_x_s");
        assert_eq!(
            name("typedef struct uv_buf_t {\n  int a;\n} uv_buf_t;"),
            "uv_buf_t"
        );
        assert_eq!(name("union uv_any_req {\n  int a;\n};"), "uv_any_req");
        let modes = one("typedef enum {\n  /* A. */\n  UV_A = 0,\n  UV_B = 1\n} uv_mode;");
        assert_eq!(
            (modes.name.as_str(), modes.enumerators.len()),
            ("uv_mode", 2)
        );
        let kinds = one("#define UV_X_TYPE_MAP(XX) \\\n  XX(A, a) \\\n  XX(B, b)");
        assert_eq!(kinds.enumerators, ["UV_A", "UV_B"]);
        assert_eq!(name("enum {\n  UV_PIPE_X = 1\n};"), "UV_PIPE_X");
    }

    #[test]
    fn private_names_and_announcements_are_left_out() {
        let header = "struct addrinfo;\ntypedef struct uv_x_s uv_x_t;\nstruct uv__work {\n  int a;\n};\n\
                      #define UV_X_PRIVATE_FIELDS \\\n  int a;\n#define UV_H\n";
        assert!(parse(header).is_empty());
        let constants = "#define UV_HEX 1\n#if A\n# define UV_TWO 2\n#endif\n";
        let names: Vec<String> = parse(constants).into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["UV_HEX", "UV_TWO"]);
    }
}
