//! The pages of the API, and the index of all its names.

use super::code::{c_block, escaped, linked};
use super::declarations::{Declaration, Kind};
use super::links::Links;
use super::markdown::{Scope, render, wide};
use super::page::{Entry, Page};
use super::reference::Reference;
use harness::Result;
use harness::toolbox::Doing;
use std::collections::BTreeMap;

/// Where each function, type and constant is described.
pub fn names(pages: &[Reference]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for page in pages {
        let path = page.path();
        for function in page.functions() {
            let name = function.declaration.name.clone();
            names.insert(name.clone(), format!("{path}#{name}"));
        }
        for other in &page.others {
            let address = format!("{path}#{}", other.name);
            names.insert(other.name.clone(), address.clone());
            for enumerator in &other.enumerators {
                names.insert(enumerator.clone(), address.clone());
            }
            for (error, _) in errors(other) {
                names.insert(error.clone(), format!("{path}#{error}"));
            }
        }
    }
    names
}

/// The names and messages that the map of errors lists; nothing for other macros.
fn errors(declaration: &Declaration) -> Vec<(String, String)> {
    if declaration.name != "UV_ERRNO_MAP" {
        return Vec::new();
    }
    let lines = declaration.code.lines().filter_map(|line| {
        let (_, inside) = line.split_once("XX(")?;
        let (name, message) = inside.split_once(", ")?;
        let message = message.split('"').nth(1)?;
        Some((format!("UV_{name}"), message.to_owned()))
    });
    lines.collect()
}

/// One page of the API.
pub fn page(reference: &Reference, links: &Links) -> Result<Page> {
    let mut page = Page::new(reference.path(), reference.page.title);
    let scope = |own| Scope {
        links,
        dir: "src/api",
        up: "../",
        programs: None,
        own,
    };
    page.body = format!("<h1>{}</h1>\n", reference.page.title);
    for (at, group) in reference.groups.iter().enumerate() {
        if at == 0 {
            let about = render(&group.about, &scope(""))?;
            page.body += &about.html;
            page.body += &contents(reference);
            page.body += "<h2 id=\"functions\">Functions</h2>\n";
            let text = about.sections.into_iter().map(|s| s.text).collect();
            page.entries
                .push(Entry::new("API", reference.page.title, "", text));
        } else {
            page.body += &render(&under_heading(&group.about), &scope(""))?.html;
        }
        for function in &group.functions {
            let Declaration { name, code, .. } = &function.declaration;
            let contract = render(&function.contract, &scope(name)).doing(name)?;
            page.body += &section(name, &(c_block(code, links, "../", name) + &contract.html));
            let text = contract.sections.into_iter().map(|s| s.title + &s.text);
            page.entries
                .push(Entry::new("function", name, name, text.collect()));
        }
    }
    page.body += &types_and_constants(reference, links);
    page.entries
        .extend(reference.others.iter().flat_map(entries));
    Ok(page)
}

/// A text whose first paragraph has become its heading.
fn under_heading(about: &str) -> String {
    let (title, rest) = about.split_once("\n\n").unwrap_or((about, ""));
    let title = title.replace('\n', " ");
    format!("## {}\n\n{rest}", title.trim_end_matches('.'))
}

/// One entry, under its name.
fn section(name: &str, html: &str) -> String {
    format!(
        "<section id=\"{name}\" class=\"entry\" aria-labelledby=\"{name}-name\">\n\
         <h3 id=\"{name}-name\"><a href=\"#{name}\">{name}</a></h3>\n{html}</section>\n"
    )
}

/// The types of a page, then its constants.
fn types_and_constants(reference: &Reference, links: &Links) -> String {
    let others = reference.others.iter();
    let (constants, types): (Vec<_>, Vec<_>) = others.partition(|d| value(d).is_some());
    let mut html = String::new();
    if !types.is_empty() {
        html += "<h2 id=\"types\">Types and macros</h2>\n";
    }
    html.extend(types.into_iter().map(|other| described(other, links)));
    if !constants.is_empty() {
        html += "<h2 id=\"constants\">Constants</h2>\n";
        let row = |d: &&Declaration| {
            let value = code(value(d).unwrap_or_default());
            (
                d.name.clone(),
                vec![value, linked(&d.comment, links, "../", &d.name)],
            )
        };
        let rows: Vec<_> = constants.iter().map(row).collect();
        html += &table("Constants", &["Constant", "Definition", "Meaning"], &rows);
    }
    html
}

/// The value of a constant that is defined in one line.
fn value(constant: &Declaration) -> Option<&str> {
    let definition = constant.code.strip_prefix("#define ")?;
    let value = definition.strip_prefix(&*constant.name)?.trim();
    (!value.contains('\n')).then_some(value.split(" /*").next().unwrap_or(value))
}

fn code(text: &str) -> String {
    match text {
        "" => String::new(),
        _ => format!("<code>{}</code>", escaped(text)),
    }
}

/// A table with an anchor, which is also the first cell, for each row.
fn table(label: &str, head: &[&str], rows: &[(String, Vec<String>)]) -> String {
    let head: String = head.iter().map(|cell| format!("<th>{cell}</th>")).collect();
    let row = |(name, cells): &(String, Vec<String>)| {
        let cells: String = cells
            .iter()
            .map(|cell| format!("<td>{cell}</td>"))
            .collect();
        format!("<tr id=\"{name}\"><td>{}</td>{cells}</tr>\n", code(name))
    };
    let rows: String = rows.iter().map(row).collect();
    let wide = wide(label);
    format!(
        "{wide}<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// A type, or a macro of several lines.
fn described(other: &Declaration, links: &Links) -> String {
    let Declaration { name, code, .. } = other;
    let paragraphs = other.comment.split("\n\n").filter(|text| !text.is_empty());
    let comment: String = paragraphs
        .map(|text| format!("<p>{}</p>\n", linked(text, links, "../", name)))
        .collect();
    let rows: Vec<_> = errors(other)
        .into_iter()
        .map(|(error, message)| (error, vec![escaped(&message)]))
        .collect();
    match rows.is_empty() {
        true => section(name, &(c_block(code, links, "../", name) + &comment)),
        false => section(
            name,
            &(comment + &table("Errors", &["Error", "Message"], &rows)),
        ),
    }
}

/// What the search finds of a type or constant.
fn entries(other: &Declaration) -> Vec<Entry> {
    let kind = match other.kind {
        Kind::Constant => "constant",
        _ => "type",
    };
    let name = &other.name;
    let mut found = vec![Entry::new(kind, name, name, other.comment.clone())];
    for enumerator in other.enumerators.iter().filter(|e| *e != name) {
        let text = format!("{name}: {}", other.comment);
        found.push(Entry::new("constant", enumerator, name, text));
    }
    for (error, message) in errors(other) {
        found.push(Entry::new("constant", &error, &error, message));
    }
    found
}

/// What a page describes, as links within it.
fn contents(reference: &Reference) -> String {
    let functions = reference.functions().map(|f| &f.declaration.name);
    let others = reference.others.iter().map(|other| &other.name);
    let items: String = functions
        .chain(others)
        .map(|name| format!("<li><a href=\"#{name}\">{name}</a></li>\n"))
        .collect();
    format!("<nav class=\"contents\" aria-label=\"On this page\"><ul>\n{items}</ul></nav>\n")
}

/// The index of all functions and types.
pub fn index(pages: &[Reference]) -> Page {
    let mut page = Page::new("api/index.html".into(), "API index");
    let functions: usize = pages.iter().map(|page| page.functions().count()).sum();
    page.body = format!(
        "<h1>API</h1>\n<p>All {functions} functions of libuv 1.53 and their types, on the pages on \
         which libuv's documentation has them. Each function is described by the text that \
         <code>uv.h</code> and the manual pages carry.</p>\n"
    );
    for reference in pages {
        let file = format!("{}.html", reference.page.name);
        let functions = reference.functions().map(|f| &f.declaration);
        let types = reference.others.iter().filter(|d| d.kind == Kind::Type);
        let item = |d: &Declaration| format!("<li><a href=\"{file}#{0}\">{0}</a></li>\n", d.name);
        let items: String = functions.chain(types).map(item).collect();
        let (name, title) = (reference.page.name, reference.page.title);
        page.body += &format!(
            "<h2 id=\"{name}\"><a href=\"{file}\">{title}</a></h2>\n<ul class=\"names\">\n{items}</ul>\n"
        );
    }
    page
}
