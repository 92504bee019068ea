//! Prints types, constants and functions in the form of libuv's header.

use super::consts::{self, Const, Enum, Form};
use super::errno;
use super::scan::{Field, Function, Items, Kind, Type};
use super::tables::{
    ALSO_MACROS, ARRAYS, FIELD_MACROS, IN_TEMPLATES, NAMED_PRIVATE, NAMELESS, TAG_ONLY, UNTAGGED,
    VARIADIC,
};
use super::words::{comment, comments, contract, define, summary};
use harness::{Failure, Result};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::CStr;
use std::fmt::Write;

/// Prints what the templates ask for, and keeps track of it, so that a type that no
/// template prints is an error.
pub struct Printer<'a> {
    items: &'a Items,
    printed: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Printer<'a> {
    /// Creates a printer.
    pub fn new(items: &'a Items) -> Self {
        Printer {
            items,
            printed: RefCell::default(),
        }
    }

    /// Expands one directive of a template.
    pub fn directive(&self, name: &str, args: &[&str]) -> Result<String> {
        match name {
            "versions" => Ok(versions()),
            "errno_numbers" => Ok(errno_numbers()),
            "errno_map" => Ok(errno_map()),
            "handle_map" => type_map("UV_HANDLE_TYPE_MAP", "uv_handle_type", consts::HANDLE_NAMES),
            "req_map" => type_map("UV_REQ_TYPE_MAP", "uv_req_type", consts::REQ_NAMES),
            "enums" => Ok(enums()),
            "macros" => Ok(macros()),
            "forward" => Ok(self.forward()),
            "type" => args.iter().map(|name| self.one(self.find(name)?)).collect(),
            "fields" => args.iter().map(|name| self.field_macro(name)).collect(),
            "private_fields" => self.private_fields(),
            "callbacks" => self.callbacks(),
            "structs" => self.structs(),
            "functions" => Ok(self.functions("uv_")),
            "extensions" => Ok(self.functions("uvx_")),
            "uvx_versions" => Ok(uvx_versions()),
            _ => Err(Failure(format!("no directive is called @{name}"))),
        }
    }

    /// Returns whether a function has this name.
    pub fn has_function(&self, name: &str) -> bool {
        self.items.functions.iter().any(|f| f.name == name)
    }

    /// Returns the types that no template has printed.
    pub fn forgotten(&self) -> Vec<&str> {
        let printed = self.printed.borrow();
        let types = self.items.types.iter();
        let left = types
            .filter(|t| !is_inlined(&t.name) && !IN_TEMPLATES.contains(&t.name.as_str()))
            .filter(|t| !printed.contains(t.name.as_str()));
        left.map(|t| t.name.as_str()).collect()
    }

    fn find(&self, name: &str) -> Result<&'a Type> {
        let found = self.items.types.iter().find(|t| t.name == name);
        found.ok_or_else(|| Failure(format!("src/abi has no type {name}")))
    }

    /// Prints one type with its comment.
    fn one(&self, ty: &'a Type) -> Result<String> {
        self.printed.borrow_mut().insert(&ty.name);
        let doc = comment(&summary(&ty.doc), "");
        let (keyword, body) = match &ty.kind {
            Kind::Alias(decl) => return Ok(format!("{doc}typedef {decl};\n")),
            Kind::Struct(_) => ("struct", self.struct_body(ty, false)?),
            Kind::Union(_) => ("union", self.struct_body(ty, false)?),
        };
        Ok(match tag(&ty.name) {
            None => format!("{doc}typedef {keyword} {{\n{body}}} {};\n\n", ty.name),
            Some(tag) if tag == ty.name && !TAG_ONLY.contains(&tag.as_str()) => {
                format!("{doc}typedef {keyword} {tag} {{\n{body}}} {tag};\n\n")
            }
            Some(tag) => format!("{doc}{keyword} {tag} {{\n{body}}};\n\n"),
        })
    }

    /// Prints the members of a structure, without those in a macro. `inherited`: for a
    /// derived structure.
    fn struct_body(&self, ty: &Type, inherited: bool) -> Result<String> {
        let fields = members(ty);
        let cuts = cuts(&ty.name);
        let mut out = String::new();
        for (at, field) in fields.iter().enumerate() {
            if let Some((name, _)) = cuts.first().filter(|(_, first)| *first == field.name) {
                writeln!(out, "  {name}").expect("a string takes everything");
                return Ok(out);
            }
            if at == 0 && field.name == "base" && field.ty.starts_with("uv_") {
                out += &self.struct_body(self.find(&field.ty)?, true)?;
            } else {
                out += &self.member(ty, field, "  ", !inherited)?;
            }
        }
        Ok(out)
    }

    /// Prints one member, with its comment if wanted.
    fn member(&self, owner: &Type, field: &Field, indent: &str, with_doc: bool) -> Result<String> {
        let mut out = match with_doc {
            true => comment(&summary(&field.doc), indent),
            false => String::new(),
        };
        let inlined = self.items.types.iter().find(|t| t.name == field.ty);
        match inlined.filter(|t| is_inlined(&t.name)) {
            None => writeln!(out, "{indent}{};", field.decl),
            Some(ty) => match &ty.kind {
                Kind::Alias(decl) => {
                    let decl = decl.replace(&ty.name, &field.name);
                    writeln!(out, "{indent}{decl};")
                }
                Kind::Struct(inner) | Kind::Union(inner) => {
                    let deeper = format!("{indent}  ");
                    let members: Result<String> = inner
                        .iter()
                        .map(|inner| self.member(ty, inner, &deeper, false))
                        .collect();
                    let keyword = match ty.kind {
                        Kind::Union(_) => "union",
                        _ => "struct",
                    };
                    let body = format!("{{\n{}{indent}}}", members?);
                    match NAMELESS.contains(&(owner.name.as_str(), field.name.as_str())) {
                        true => writeln!(out, "{indent}__extension__ {keyword} {body};"),
                        false => writeln!(out, "{indent}{keyword} {body} {};", field.name),
                    }
                }
            },
        }
        .expect("a string takes everything");
        Ok(out)
    }

    /// Prints `#define NAME` for a list of fields.
    fn field_macro(&self, name: &str) -> Result<String> {
        let wrong = || Failure(format!("no table has the macro {name}"));
        let holds = |(_, cuts): &&(_, &[(&str, &str)])| cuts.iter().any(|(m, _)| *m == name);
        let (owner, cuts) = FIELD_MACROS.iter().find(holds).ok_or_else(wrong)?;
        let ty = self.find(owner)?;
        let at = cuts
            .iter()
            .position(|(m, _)| *m == name)
            .ok_or_else(wrong)?;
        let next = cuts.get(at + 1);
        let public = name.ends_with("_FIELDS") && !name.contains("_P");
        let mut body = String::new();
        let from = members(ty).iter().skip_while(|f| f.name != cuts[at].1);
        for field in from.take_while(|f| next.is_none_or(|(_, first)| *first != f.name)) {
            body += &self.member(ty, field, "  ", public)?;
        }
        if let Some((inner, _)) = next {
            body += &format!("  {inner}\n");
        }
        if body.is_empty() {
            return Err(Failure(format!("{name} would hold nothing")));
        }
        Ok(define(name, &body) + "\n")
    }

    /// Prints the lists of private fields, for the platform's header.
    fn private_fields(&self) -> Result<String> {
        let names = FIELD_MACROS.iter().flat_map(|(_, cuts)| cuts.iter());
        names
            .map(|(name, _)| *name)
            .filter(|name| name.contains("_PRIVATE_"))
            .map(|name| self.field_macro(name))
            .collect()
    }

    /// Prints the types of callbacks.
    fn callbacks(&self) -> Result<String> {
        let types = self.items.types.iter();
        types
            .filter(|ty| !is_inlined(&ty.name))
            .filter(|ty| matches!(&ty.kind, Kind::Alias(decl) if decl.contains("(*")))
            .map(|ty| self.one(ty))
            .collect()
    }

    /// Prints all structures not yet printed, each after those that it contains.
    fn structs(&self) -> Result<String> {
        let mut out = String::new();
        for ty in &self.items.types {
            self.with_parts(ty, &mut out)?;
        }
        Ok(out)
    }

    fn with_parts(&self, ty: &'a Type, out: &mut String) -> Result {
        if self.printed.borrow().contains(ty.name.as_str()) {
            return Ok(());
        }
        for field in members(ty) {
            let part = field.ty.trim_start_matches("struct ");
            if let Some(part) = self.items.types.iter().find(|t| t.name == part) {
                self.with_parts(part, out)?;
            }
        }
        if !is_inlined(&ty.name) && !matches!(ty.kind, Kind::Alias(_)) {
            *out += &self.one(ty)?;
        }
        Ok(())
    }

    /// Prints `typedef struct uv_x_s uv_x_t;` for every structure that has both names.
    fn forward(&self) -> String {
        let mut out = String::new();
        for ty in &self.items.types {
            let tag = tag(&ty.name).filter(|tag| *tag != ty.name);
            if let (Some(tag), Kind::Struct(_), false) = (tag, &ty.kind, is_inlined(&ty.name)) {
                out += &format!("typedef struct {tag} {};\n", ty.name);
            }
        }
        out
    }

    /// The prototypes of the functions whose names begin so.
    fn functions(&self, prefix: &str) -> String {
        let functions = self.items.functions.iter();
        let chosen = functions.filter(|f| f.name.starts_with(prefix));
        chosen.map(|f| prototype(f) + "\n").collect()
    }
}

/// Prints a prototype with its comment, broken at commas if it is long.
fn prototype(f: &Function) -> String {
    let mut params: Vec<String> = f.params.iter().map(|p| array(&f.name, p)).collect();
    if let Some((_, fixed)) = VARIADIC.iter().find(|(name, _)| *name == f.name) {
        params.truncate(*fixed);
        params.push("...".to_owned());
    }
    let head = format!("UV_EXTERN {} {}(", f.returns, f.name);
    let line = format!("{head}{});\n", params.join(", "));
    let doc = comments(&contract(&f.doc), "");
    match line.len() <= 81 {
        true => doc + &line,
        false => {
            let between = format!(",\n{}", " ".repeat(head.len()));
            format!("{doc}{head}{});\n", params.join(&between))
        }
    }
}

/// Prints a parameter, as an array if `tables` says so.
fn array(function: &str, param: &str) -> String {
    let found = ARRAYS.iter().find(|(of, name, _)| {
        *of == function
            && param
                .strip_suffix(name)
                .is_some_and(|ty| ty.ends_with("* "))
    });
    match found {
        Some((_, name, length)) => format!(
            "{}[{length}]",
            param.replace(&format!("* {name}"), &format!(" {name}"))
        ),
        None => param.to_owned(),
    }
}

/// Returns the tag of a structure in C, if it has one.
fn tag(name: &str) -> Option<String> {
    if UNTAGGED.contains(&name) {
        return None;
    }
    let same = TAG_ONLY.contains(&name) || name == "uv_buf_t";
    match name.strip_suffix("_t").filter(|_| !same) {
        Some(stem) => Some(format!("{stem}_s")),
        None => Some(name.to_owned()),
    }
}

/// Returns whether a type has no name in C and is printed where it is used.
fn is_inlined(name: &str) -> bool {
    name.starts_with("uv__") && !NAMED_PRIVATE.contains(&name)
}

fn members(ty: &Type) -> &[Field] {
    match &ty.kind {
        Kind::Struct(fields) | Kind::Union(fields) => fields,
        Kind::Alias(_) => &[],
    }
}

fn cuts(name: &str) -> &'static [(&'static str, &'static str)] {
    let found = FIELD_MACROS.iter().find(|(owner, _)| *owner == name);
    found.map_or(&[], |(_, cuts)| cuts)
}

fn versions() -> String {
    let suffix = consts::UV_VERSION_SUFFIX.to_string_lossy();
    format!(
        "#define UV_VERSION_MAJOR {}\n#define UV_VERSION_MINOR {}\n\
         #define UV_VERSION_PATCH {}\n#define UV_VERSION_IS_RELEASE {}\n\
         #define UV_VERSION_SUFFIX \"{suffix}\"\n",
        consts::UV_VERSION_MAJOR,
        consts::UV_VERSION_MINOR,
        consts::UV_VERSION_PATCH,
        consts::UV_VERSION_IS_RELEASE,
    )
}

fn uvx_versions() -> String {
    let parts = [
        ("MAJOR", consts::UVX_VERSION_MAJOR),
        ("MINOR", consts::UVX_VERSION_MINOR),
        ("PATCH", consts::UVX_VERSION_PATCH),
    ];
    let line = |(name, value)| format!("#define UVX_VERSION_{name} {value}\n");
    parts.map(line).concat()
}

/// Prints the error numbers: the system's by name, the library's own by number.
fn errno_numbers() -> String {
    /// No error of the system has a number as large as this.
    const OWN: i32 = -3000;
    let mut out = String::new();
    for entry in errno::TABLE {
        let name = entry.name.to_string_lossy();
        let value = entry.errno.raw();
        out += &match value > OWN {
            true => format!("#define UV__{name} UV__ERR({name})\n"),
            false => format!("#define UV__{name} ({value})\n"),
        };
    }
    out
}

fn errno_map() -> String {
    let rows = errno::TABLE.iter().map(|entry| {
        let (name, message) = (entry.name, entry.message);
        format!("  XX({}, {message:?})\n", name.to_string_lossy())
    });
    define("UV_ERRNO_MAP(XX)", &rows.collect::<String>())
}

/// Prints the map of types, from the enum and the table of names.
fn type_map(name: &str, of: &str, names: &[(u32, &CStr)]) -> Result<String> {
    let enums = consts::ENUMS.iter().find(|e| e.name == of);
    let kinds = enums.map_or(&[][..], |e| e.consts);
    let mut body = String::new();
    for (value, lower) in names {
        let kind = kinds.iter().find(|k| k.value == i64::from(*value));
        let kind = kind.ok_or_else(|| Failure(format!("{of} has no value {value}")))?;
        let upper = kind.name.trim_start_matches("UV_");
        body += &format!("  XX({upper}, {})\n", lower.to_string_lossy());
    }
    Ok(define(&format!("{name}(XX)"), &body))
}

/// Prints all enums that no template contains.
fn enums() -> String {
    let printed = consts::ENUMS.iter().filter(|e| e.form != Form::Elsewhere);
    printed.map(one_enum).collect::<Vec<_>>().join("\n")
}

fn one_enum(e: &Enum) -> String {
    let mut out = comment(&summary(&e.doc.join("\n")), "");
    out += &match e.form {
        Form::Typedef => "typedef enum {\n".to_owned(),
        Form::Tag => format!("enum {} {{\n", e.name),
        Form::Unnamed | Form::Elsewhere => "enum {\n".to_owned(),
    };
    for (at, c) in e.consts.iter().enumerate() {
        let comma = if at + 1 == e.consts.len() { "" } else { "," };
        out += &comment(&summary(&c.doc.join("\n")), "  ");
        out += &format!("  {} = {}{comma}\n", c.name, c.value);
        if ALSO_MACROS.contains(&c.name) {
            out += &format!("#define {0} {0}\n", c.name);
        }
    }
    match e.form {
        Form::Typedef => out + &format!("}} {};\n", e.name),
        _ => out + "};\n",
    }
}

fn macros() -> String {
    let one = |c: &Const| {
        let doc = comment(&summary(&c.doc.join("\n")), "");
        format!("{doc}#define {} {}\n", c.name, c.value)
    };
    consts::MACROS.iter().map(one).collect()
}
