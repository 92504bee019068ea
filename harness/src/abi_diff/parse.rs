//! Parses the declarations of a header; supports only the C that libuv's uses.

use crate::toolbox::{Failure, Result};

/// A structure or union, and the paths of its members (`u.reserved`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The type in C.
    pub spelling: String,
    /// The members, nested ones included.
    pub members: Vec<String>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prototype {
    /// Its name.
    pub name: String,
    /// The whole declaration, without a semicolon.
    pub text: String,
}

/// What a header declares.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// Structures and unions.
    pub records: Vec<Record>,
    /// Types of enums, as C spells them.
    pub enums: Vec<String>,
    /// Enumerators.
    pub enumerators: Vec<String>,
    /// Other typedefs: name, and the whole declaration.
    pub aliases: Vec<Prototype>,
    /// Functions.
    pub functions: Vec<Prototype>,
}

type Tokens<'a> = &'a [String];

/// Reads preprocessed text.
pub fn parse(text: &str) -> Result<Header> {
    let tokens = without_attributes(&tokens(text));
    let mut header = Header::default();
    for declaration in split(&tokens, ";") {
        header.declaration(declaration)?;
    }
    Ok(header)
}

impl Header {
    fn declaration(&mut self, all: Tokens) -> Result {
        let is_typedef = all.first().is_some_and(|word| word == "typedef");
        let rest = &all[usize::from(is_typedef)..];
        let Some(keyword) = rest.first().map(String::as_str) else {
            return Ok(());
        };
        let is_record = matches!(keyword, "struct" | "union" | "enum");
        if let Some(open) = rest.iter().position(|t| t == "{").filter(|_| is_record) {
            let close = rest.iter().rposition(|t| t == "}").unwrap_or(open);
            let tag = (open == 2).then(|| rest[1].as_str());
            let alias = rest.get(close + 1).filter(|_| is_typedef);
            let spelling = match (alias, tag) {
                (Some(alias), _) => alias.clone(),
                (None, Some(tag)) => format!("{keyword} {tag}"),
                (None, None) => String::new(),
            };
            let body = &rest[open + 1..close];
            return match keyword {
                "enum" => {
                    self.enumerators(body);
                    self.enums.extend(Some(spelling).filter(|s| !s.is_empty()));
                    Ok(())
                }
                _ => self.record(spelling, body),
            };
        }
        if is_typedef {
            let name = declared(rest)?;
            let text = all.join(" ");
            self.aliases.push(Prototype { name, text });
        } else if let Some(open) = rest.iter().position(|t| t == "(") {
            let name = rest[open.saturating_sub(1)].clone();
            let text = rest.join(" ");
            self.functions.push(Prototype { name, text });
        } else if !(is_record && rest.len() == 2) {
            return Err(Failure(format!("what is this? {}", all.join(" "))));
        }
        Ok(())
    }

    fn enumerators(&mut self, body: Tokens) {
        let names = split(body, ",").into_iter().filter_map(|one| one.first());
        self.enumerators.extend(names.cloned());
    }

    fn record(&mut self, spelling: String, body: Tokens) -> Result {
        let mut members = Vec::new();
        collect_members(body, "", &mut members)?;
        self.records.push(Record { spelling, members });
        Ok(())
    }
}

/// Collects the members of a body; those of an anonymous structure are its owner's.
fn collect_members(body: Tokens, prefix: &str, members: &mut Vec<String>) -> Result {
    for member in split(body, ";") {
        let open = member.iter().position(|t| t == "{");
        let close = member.iter().rposition(|t| t == "}");
        let (Some(open), Some(close)) = (open, close) else {
            members.push(format!("{prefix}{}", declared(member)?));
            continue;
        };
        let inner = match member.get(close + 1) {
            Some(name) => {
                members.push(format!("{prefix}{name}"));
                format!("{prefix}{name}.")
            }
            None => prefix.to_owned(),
        };
        collect_members(&member[open + 1..close], &inner, members)?;
    }
    Ok(())
}

/// Returns the name that a declaration declares.
fn declared(declaration: Tokens) -> Result<String> {
    let pointer = declaration
        .windows(2)
        .position(|w| w[0] == "(" && w[1] == "*");
    let name = match pointer {
        Some(at) => declaration.get(at + 2),
        None => {
            let end = declaration.iter().position(|t| t == "[");
            let before = &declaration[..end.unwrap_or(declaration.len())];
            before.last()
        }
    };
    let name = name.filter(|name| name.chars().all(is_word));
    name.cloned()
        .ok_or_else(|| Failure(format!("no name in: {}", declaration.join(" "))))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Splits text into words and punctuation, without lines that begin with `#`.
fn tokens(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let end = match is_word(first) {
                true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                false => first.len_utf8(),
            };
            out.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    out
}

/// Removes `__attribute__((…))` and `__extension__`.
fn without_attributes(tokens: Tokens) -> Vec<String> {
    let mut out = Vec::new();
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "__extension__" => {}
            "__attribute__" => {
                let mut depth = 0;
                for token in tokens.by_ref() {
                    depth += i32::from(token == "(") - i32::from(token == ")");
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => out.push(token.clone()),
        }
    }
    out
}

/// Splits at a mark outside all brackets, without empty parts.
fn split<'a>(tokens: Tokens<'a>, mark: &str) -> Vec<Tokens<'a>> {
    let mut depth = 0;
    let parts = tokens.split(|token| {
        depth += i32::from(matches!(token.as_str(), "(" | "{" | "["));
        depth -= i32::from(matches!(token.as_str(), ")" | "}" | "]"));
        depth == 0 && token == mark
    });
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_libuv_declares() {
        let text = "# 1 \"x.h\"\nstruct a_s { int x[2]; void (*f)(int a, int b);; union { int u1; \
                    struct { int deep; } s; }; union { int v1; } v; };\n\
                    typedef enum { A = -1, B } e_t;\n\
                    typedef struct a_s a_t; typedef void* (*cb)(a_t* a);\n\
                    __attribute__((visibility(\"default\"))) int f(a_t* a, ...);\n";
        let header = parse(text).unwrap();
        assert_eq!(header.records[0].spelling, "struct a_s");
        let members = ["x", "f", "u1", "s", "s.deep", "v", "v.v1"];
        assert_eq!(header.records[0].members, members);
        assert_eq!(header.enums, ["e_t"]);
        assert_eq!(header.enumerators, ["A", "B"]);
        let aliases: Vec<&str> = header.aliases.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(aliases, ["a_t", "cb"]);
        assert_eq!(header.functions[0].name, "f");
        assert_eq!(header.functions[0].text, "int f ( a_t * a , . . . )");
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        assert!(parse("int variable;").is_err());
    }
}
