//! Generates the C programs that print what a header declares.

use super::parse::Header;
use crate::toolbox::{Failure, Result};
use std::fmt::Write;

/// One macro: name, parameters and body as the compiler dumps them.
#[derive(Clone, Debug)]
pub struct Macro {
    /// Its name.
    pub name: String,
    /// Whether it takes arguments.
    pub takes_arguments: bool,
    /// Its replacement.
    pub body: String,
}

/// Returns whether a macro is compared as text: its value is no number, or uses `UV__ERR`,
/// which the header undefines.
fn is_text(name: &str) -> bool {
    let texts = ["UV_EXTERN", "UV_PLATFORM_SEM_T", "UV_VERSION_SUFFIX"];
    texts.contains(&name) || name.starts_with("UV__E") || name == "UV__UNKNOWN"
}

/// A C99 program that prints sizes, alignments, offsets and enumerators.
pub fn layouts(header: &Header) -> String {
    let mut lines = String::new();
    for record in &header.records {
        lines += &format!("  SIZE({})\n", record.spelling);
        for member in &record.members {
            lines += &format!("  OFFSET({}, {member})\n", record.spelling);
        }
    }
    for alias in &header.aliases {
        lines += &format!("  SIZE({})\n", alias.name);
    }
    for spelling in &header.enums {
        lines += &format!("  SIZE({spelling})\n  SIGN({spelling})\n");
    }
    for name in &header.enumerators {
        lines += &format!("  VALUE({name})\n");
    }
    format!(
        "#include <stddef.h>\n#include <stdio.h>\n#include <uv.h>\n\n\
         #define SIZE(T) {{ struct probe {{ char c; T t; }}; \\\n  \
           printf(\"size %s %lu align %lu\\n\", #T, (unsigned long) sizeof(T), \\\n         \
           (unsigned long) offsetof(struct probe, t)); }}\n\
         #define OFFSET(T, m) \\\n  \
           printf(\"offset %s.%s %lu size %lu\\n\", #T, #m, (unsigned long) offsetof(T, m), \\\n         \
           (unsigned long) sizeof(((T*) 0)->m));\n\
         #define SIGN(T) printf(\"sign %s %d\\n\", #T, (T) -1 < (T) 1);\n\
         #define VALUE(e) printf(\"value %s %ld\\n\", #e, (long) (e));\n\n\
         int main(void) {{\n{lines}  return 0;\n}}\n"
    )
}

/// A GNU C11 program that prints whether each macro in `names` is defined, and its value,
/// as a number or as text according to the reference's definitions (`defined`).
pub fn macros(names: &[String], defined: &[Macro]) -> Result<String> {
    let mut lines = String::new();
    for name in names {
        let shown = match defined.iter().find(|m| m.name == *name) {
            Some(found) => show(found, defined)?,
            None => format!("TEXT({name})"),
        };
        write!(
            lines,
            "#ifdef {name}\n  {shown}\n#else\n  puts(\"macro {name} not defined\");\n#endif\n"
        )
        .map_err(|error| Failure(error.to_string()))?;
    }
    Ok(format!(
        "#include <stdio.h>\n#include <uv.h>\n\n\
         #define STRING(x) #x\n\
         #define TEXT(m) printf(\"macro %s text %s\\n\", #m, STRING(m));\n\
         #define TYPE(m) _Generic((m), int: \"int\", unsigned: \"unsigned\", long: \"long\", \\\n  \
           float: \"float\", double: \"double\", default: \"other\")\n\
         #define NUMBER(m) printf(\"macro %s %s %.17g\\n\", #m, TYPE(m), (double) (m));\n\
         #define ROW(...) puts(\"  \" #__VA_ARGS__);\n\n\
         int main(void) {{\n{lines}  return 0;\n}}\n"
    ))
}

fn show(found: &Macro, defined: &[Macro]) -> Result<String> {
    let (name, body) = (&found.name, &found.body);
    // The header undefines some of the lists of fields that other lists use.
    let is_gone = |word: &str| word.ends_with("_FIELDS") && !defined.iter().any(|m| m.name == word);
    if found.takes_arguments {
        return match name.ends_with("_MAP") {
            true => Ok(format!("puts(\"macro {name}\"); {name}(ROW)")),
            false => Err(Failure(format!("what does one give to {name}?"))),
        };
    }
    let is_usable = !body.split_whitespace().any(is_gone);
    Ok(if name.ends_with("_FIELDS") && is_usable {
        format!("printf(\"macro {name} size %zu\\n\", sizeof(struct {{ {name} }}));")
    } else if body.is_empty() || !is_usable || is_text(name) {
        format!("TEXT({name})")
    } else {
        format!("NUMBER({name})")
    })
}

/// A program that repeats the reference's declarations after our header: it compiles only
/// if no type differs. Functions that ours lacks are left out.
pub fn redeclarations(reference: &Header, ours: &Header) -> String {
    let mut out = String::from("#define _GNU_SOURCE\n#include <uv.h>\n\n");
    for alias in &reference.aliases {
        out += &format!("{};\n", alias.text);
    }
    for function in &reference.functions {
        if ours.functions.iter().any(|f| f.name == function.name) {
            out += &format!("{};\n", function.text);
        }
    }
    out.replace(". . .", "...")
}
