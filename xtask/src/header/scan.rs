//! Reads the Rust sources with cbindgen and parses its output into types and functions,
//! to which `print` gives the order, the tags and the flattened bodies of libuv's header.

use super::tables::{SPELLINGS, SYSTEM_TAGS, TAG_ONLY};
use cbindgen::{Builder, Config, DocumentationStyle, ItemType, Language, Style};
use harness::toolbox::{self, Doing};
use harness::{Failure, Result};
use std::path::Path;

/// A member of a structure or union.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in C.
    pub name: String,
    /// Its declaration in C, without the semicolon.
    pub decl: String,
    /// The type before the name, stars included.
    pub ty: String,
    /// Its documentation.
    pub doc: String,
}

/// The kinds of types.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `struct`
    Struct(Vec<Field>),
    /// `union`
    Union(Vec<Field>),
    /// `typedef` of anything else; the declaration after that word.
    Alias(String),
}

/// A type, by its name in Rust.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name in Rust.
    pub name: String,
    /// Its documentation.
    pub doc: String,
    /// Its kind.
    pub kind: Kind,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it returns.
    pub returns: String,
    /// Its parameters.
    pub params: Vec<String>,
    /// Its documentation.
    pub doc: String,
}

/// Everything that cbindgen found.
#[derive(Default)]
pub struct Items {
    /// The types.
    pub types: Vec<Type>,
    /// The functions.
    pub functions: Vec<Function>,
}

/// Reads `src/abi` and `src/api` below `root`.
pub fn scan(root: &Path) -> Result<Items> {
    let abi = root.join("src/abi/mod.rs");
    let mut config = Config {
        language: Language::C,
        style: Style::Type,
        documentation_style: DocumentationStyle::C,
        usize_is_size_t: true,
        line_length: usize::MAX,
        ..Config::default()
    };
    config.export.item_types = vec![
        ItemType::Structs,
        ItemType::Unions,
        ItemType::Typedefs,
        ItemType::Functions,
    ];
    let names = type_names(&abi)?;
    config.export.include.clone_from(&names);
    config.function.args = cbindgen::Layout::Horizontal;
    let bindings = Builder::new()
        .with_config(config)
        .with_src(abi)
        .with_src(root.join("src/api/mod.rs"))
        .generate()
        .map_err(|error| Failure(format!("cbindgen: {error}")))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).map_err(|error| Failure(error.to_string()))?;
    let mut items = parse(&text)?;
    // cbindgen prints types in the order in which functions use them; restore the sources'.
    items
        .types
        .sort_by_key(|ty| names.iter().position(|name| *name == ty.name));
    Ok(items)
}

/// Returns the names of the public types below `src/abi`. cbindgen is told to print each,
/// because by default it prints only types that a function uses.
fn type_names(abi: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let dir = abi.parent().unwrap_or(abi);
    for file in toolbox::files_below(dir)? {
        let text = std::fs::read_to_string(&file).doing(file.display())?;
        for line in text.lines() {
            let keywords = ["pub struct ", "pub union ", "pub type "];
            let rest = keywords.iter().find_map(|word| line.strip_prefix(word));
            let name = rest.and_then(|rest| rest.split(|c| !is_word(c)).next());
            names.extend(name.filter(|n| n.starts_with("uv_")).map(String::from));
        }
    }
    Ok(names)
}

/// Returns whether a character may be part of a name.
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Parses cbindgen's output. Every declaration is on one line, except the bodies of
/// structures; a comment belongs to the declaration after it.
fn parse(text: &str) -> Result<Items> {
    let mut items = Items::default();
    let mut lines = text.lines();
    let mut doc = String::new();
    while let Some(line) = lines.next() {
        match line {
            "" => {}
            "/*" => doc = comment(&mut lines),
            "typedef struct {" | "typedef union {" => {
                let (fields, name) = body(&mut lines)?;
                let kind = match line.contains("union") {
                    true => Kind::Union(fields),
                    false => Kind::Struct(fields),
                };
                let doc = std::mem::take(&mut doc);
                items.types.push(Type { name, doc, kind });
            }
            _ if line.starts_with('#') => {}
            _ if line.starts_with("typedef ") => {
                let decl = spell(line["typedef ".len()..].trim_end_matches(';'));
                let (name, doc) = (declared(&decl)?.to_owned(), std::mem::take(&mut doc));
                let kind = Kind::Alias(decl);
                items.types.push(Type { name, doc, kind });
            }
            _ => items
                .functions
                .push(function(line, std::mem::take(&mut doc))?),
        }
    }
    Ok(items)
}

/// Reads the rest of a comment.
fn comment<'a>(lines: &mut impl Iterator<Item = &'a str>) -> String {
    let inside = lines.take_while(|line| line.trim() != "*/");
    let text: Vec<&str> = inside.map(str::trim).collect();
    text.join("\n")
}

/// Reads the members of a structure and the name after them.
fn body<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<(Vec<Field>, String)> {
    let mut fields = Vec::new();
    let mut doc = String::new();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line == "/*" {
            doc = comment(lines);
        } else if let Some(name) = line.strip_prefix("} ") {
            return Ok((fields, name.trim_end_matches(';').to_owned()));
        } else {
            let decl = spell(line.trim_end_matches(';'));
            let name = declared(&decl)?.to_owned();
            let ty = decl.split(&format!(" {name}")).next().unwrap_or(&decl);
            fields.push(Field {
                ty: ty.to_owned(),
                name,
                decl,
                doc: std::mem::take(&mut doc),
            });
        }
    }
    Err("cbindgen's text ends within a structure".into())
}

fn function(line: &str, doc: String) -> Result<Function> {
    let wrong = || Failure(format!("not a function: {line}"));
    let decl = line.strip_suffix(");").ok_or_else(wrong)?;
    let (head, params) = decl.split_once('(').ok_or_else(wrong)?;
    let head = spell(head);
    let (returns, name) = head.rsplit_once(' ').ok_or_else(wrong)?;
    Ok(Function {
        name: name.to_owned(),
        returns: returns.to_owned(),
        params: at_commas(params).into_iter().map(spell).collect(),
        doc,
    })
}

/// Splits at the commas that are outside all parentheses.
fn at_commas(list: &str) -> Vec<&str> {
    let mut depth = 0;
    list.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

/// Returns the name that a declaration declares: in a function pointer the one in the
/// first parentheses, else the last word before any bracket.
fn declared(decl: &str) -> Result<&str> {
    let part = match decl.split_once("(*") {
        Some((_, rest)) => rest.split(')').next(),
        None => decl.split('[').next(),
    };
    let name = part.and_then(|part| part.rsplit(|c| !is_word(c)).next());
    name.filter(|name| !name.is_empty())
        .ok_or_else(|| Failure(format!("what does this declare? {decl}")))
}

/// Rewrites a declaration for C: tags, the system's types, names that only Rust must
/// escape, and stars beside the type.
fn spell(decl: &str) -> String {
    let mut out = String::new();
    let mut rest = decl;
    while let Some(start) = rest.find(is_word) {
        out += &rest[..start];
        let end = rest[start..]
            .find(|c| !is_word(c))
            .map_or(rest.len(), |n| start + n);
        let (word, after) = (&rest[start..end], &rest[end..]);
        // A word is a type when another word or a star comes after it.
        let is_type = after.starts_with(' ');
        if is_type && (TAG_ONLY.contains(&word) || SYSTEM_TAGS.contains(&word)) {
            out += "struct ";
        }
        let spelling = SPELLINGS.iter().find(|(rust, _)| *rust == word);
        out += spelling.map_or_else(|| word.trim_end_matches('_'), |(_, c)| c);
        rest = after;
    }
    stars_left(&(out + rest))
}

/// `T *name` becomes `T* name`.
fn stars_left(decl: &str) -> String {
    let mut out = String::with_capacity(decl.len());
    let mut rest = decl;
    while let Some(at) = rest.find(" *") {
        let stars = rest[at + 1..].chars().take_while(|&c| c == '*').count();
        out += &rest[..at];
        out += &"*".repeat(stars);
        out.push(' ');
        rest = &rest[at + 1 + stars..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_as_c_does() {
        assert_eq!(spell("sockaddr *addr"), "struct sockaddr* addr");
        assert_eq!(spell("addrinfo *addrinfo"), "struct addrinfo* addrinfo");
        assert_eq!(spell("uv_loop_t *loop_"), "uv_loop_t* loop");
        assert_eq!(spell("uv_cpu_info_t **infos"), "uv_cpu_info_t** infos");
        assert_eq!(
            spell("void *(*uv_malloc_func)(size_t size)"),
            "void* (*uv_malloc_func)(size_t size)"
        );
    }

    #[test]
    fn takes_declarations_apart() {
        let text = "/*\n What it is.\n\n More.\n */\ntypedef struct {\n  /*\n   A.\n   */\n  \
                    AtomicI32 a_;\n} uv_x_t;\n\nint uv_f(void (*cb)(int a, int b), uv_x_t *x);\n";
        let items = parse(text).unwrap();
        assert_eq!(items.types[0].name, "uv_x_t");
        assert_eq!(items.types[0].doc, "What it is.\n\nMore.");
        let Kind::Struct(fields) = &items.types[0].kind else {
            panic!("{:?}", items.types[0].kind)
        };
        assert_eq!(
            (fields[0].decl.as_str(), fields[0].ty.as_str()),
            ("int a", "int")
        );
        assert_eq!(
            items.functions[0].params,
            ["void (*cb)(int a, int b)", "uv_x_t* x"]
        );
    }
}
