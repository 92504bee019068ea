//! Documents in Markdown, and comments of the sources, as HTML.

use super::code::{c_block, escaped, plain_block};
use super::links::Links;
use harness::{Failure, Result};
use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;

/// Where a text stands and what it may link to.
pub struct Scope<'a> {
    /// What there is to link to.
    pub links: &'a Links,
    /// The folder of the text's file in the repository.
    pub dir: &'a str,
    /// What leads from the text's page to the site's root.
    pub up: &'a str,
    /// The folder of the programs whose names the text gives, if it does.
    pub programs: Option<&'a str>,
    /// The name that is being described: it is not linked.
    pub own: &'a str,
}

/// A part of a text that can be linked to.
#[derive(Debug, Default)]
pub struct Section {
    /// Its anchor.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Its text without markup.
    pub text: String,
}

/// A text as HTML.
#[derive(Default)]
pub struct Rendered {
    /// The HTML.
    pub html: String,
    /// Its sections. The first is what comes before any heading.
    pub sections: Vec<Section>,
}

/// Translates a text; fails on a link that leads nowhere.
pub fn render(text: &str, scope: &Scope) -> Result<Rendered> {
    // Rust's comments write [`uv_now`] for a link to a function.
    let mut by_name = |link: BrokenLink| {
        let name = link.reference.trim_matches('`').to_owned();
        Some((name.into(), "".into()))
    };
    let parser =
        Parser::new_with_broken_link_callback(text, Options::ENABLE_TABLES, Some(&mut by_name));
    let mut writer = Writer::new(scope);
    let events: Vec<Event> = parser.collect();
    let mut at = 0;
    while at < events.len() {
        at += writer.take(&events[at..])?;
    }
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, writer.out.into_iter());
    let sections = writer.sections;
    Ok(Rendered { html, sections })
}

/// Goes through the events of a text once.
struct Writer<'a, 'e> {
    scope: &'a Scope<'a>,
    out: Vec<Event<'e>>,
    sections: Vec<Section>,
    ids: BTreeSet<String>,
    /// How many links and headings are open: no link may begin there.
    closed_to_links: usize,
    tables: usize,
}

impl<'a, 'e> Writer<'a, 'e> {
    fn new(scope: &'a Scope<'a>) -> Self {
        Writer {
            scope,
            out: Vec::new(),
            sections: vec![Section::default()],
            ids: BTreeSet::new(),
            closed_to_links: 0,
            tables: 0,
        }
    }

    /// Takes the first event, or several that belong together; returns how many.
    fn take(&mut self, events: &[Event<'e>]) -> Result<usize> {
        match &events[0] {
            Event::Start(Tag::CodeBlock(kind)) => {
                let inside = inside(events, |end| *end == TagEnd::CodeBlock);
                self.code_block(kind, &text_of(inside));
                return Ok(inside.len() + 1);
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let inside = inside(events, |end| matches!(end, TagEnd::Heading(_)));
                let id = self.begin_section(text_of(inside));
                self.html(format!("<{level} id=\"{id}\"><a href=\"#{id}\">"));
                self.closed_to_links += 1;
            }
            Event::End(TagEnd::Heading(level)) => {
                self.html(format!("</a></{level}>\n"));
                self.closed_to_links -= 1;
            }
            // A paragraph that begins with its subject in bold can be linked to.
            Event::Start(Tag::Paragraph) if matches!(events[1], Event::Start(Tag::Strong)) => {
                let subject = text_of(inside(&events[1..], |end| *end == TagEnd::Strong));
                let id = self.begin_section(subject);
                self.html(format!("<p id=\"{id}\">"));
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let to = self.address(dest_url)?;
                self.open_link(to);
            }
            Event::End(TagEnd::Link) => self.close_link(),
            Event::Start(Tag::Image { dest_url, .. }) => {
                let to = self.address(dest_url)?;
                let alt = text_of(inside(events, |end| *end == TagEnd::Image));
                let (to, alt) = (escaped(&to), escaped(&alt));
                self.html(format!(
                    "<a class=\"wide\" href=\"{to}\"><img src=\"{to}\" alt=\"{alt}\" loading=\"lazy\"></a>"
                ));
                return Ok(inside(events, |end| *end == TagEnd::Image).len() + 1);
            }
            Event::Start(Tag::Table(_)) => {
                self.tables += 1;
                let label = format!("Table {}", self.tables);
                self.html(wide(&label));
                self.out.push(events[0].clone());
            }
            Event::End(TagEnd::Table) => {
                self.out.push(events[0].clone());
                self.html("</div>\n".to_owned());
            }
            Event::Code(code) => self.code(code),
            Event::Html(_) | Event::InlineHtml(_) => {}
            event => {
                self.section_text(text_of(std::slice::from_ref(event)));
                self.out.push(event.clone());
            }
        }
        Ok(1)
    }

    fn html(&mut self, html: String) {
        self.out.push(Event::InlineHtml(html.into()));
    }

    fn section_text(&mut self, text: String) {
        let section = self.sections.last_mut().expect("there is always one");
        section.text += &text;
    }

    /// Begins a section; returns its anchor, which no other has.
    fn begin_section(&mut self, title: String) -> String {
        let plain = slug(&title);
        let numbered = (1..).map(|n| format!("{plain}-{n}"));
        let mut ids = std::iter::once(plain.clone()).chain(numbered);
        let id = ids.find(|id| self.ids.insert(id.clone()));
        let id = id.expect("numbers do not end");
        self.sections.push(Section {
            id: id.clone(),
            title: title.trim_end_matches('.').to_owned(),
            text: String::new(),
        });
        id
    }

    fn code_block(&mut self, kind: &CodeBlockKind, text: &str) {
        self.section_text(format!(" {text} "));
        let Scope { links, up, own, .. } = self.scope;
        self.html(match kind {
            CodeBlockKind::Fenced(language) if &**language == "c" => c_block(text, links, up, own),
            _ => plain_block(text),
        });
    }

    /// Code within a line: names of the API and of programs are links.
    fn code(&mut self, code: &str) {
        self.section_text(code.to_owned());
        let to = match self.closed_to_links {
            0 => self.code_address(code),
            _ => None,
        };
        let linked = to.is_some();
        if let Some(to) = to {
            self.open_link(to);
        }
        self.out.push(Event::Code(code.to_owned().into()));
        if linked {
            self.close_link();
        }
    }

    fn code_address(&self, code: &str) -> Option<String> {
        let Scope { links, up, own, .. } = self.scope;
        let program = |dir: &str| {
            let is_name = code.chars().all(super::declarations::is_word);
            let file = is_name.then(|| format!("{dir}/{code}.c"))?;
            links.to_file(&file)
        };
        let name = links.to_name(code).map(str::to_owned);
        let to = name.or_else(|| self.scope.programs.and_then(program));
        to.filter(|_| code != *own).map(|to| format!("{up}{to}"))
    }

    /// The address that a link's target has on the site.
    fn address(&self, target: &str) -> Result<String> {
        let Scope { links, dir, up, .. } = self.scope;
        if target.starts_with('#') || target.contains("://") {
            return Ok(target.to_owned());
        }
        let to = links.resolve(dir, target).map(|to| format!("{up}{to}"));
        to.ok_or_else(|| Failure(format!("a link leads nowhere: {target}")))
    }

    fn open_link(&mut self, to: String) {
        self.closed_to_links += 1;
        self.out.push(Event::Start(Tag::Link {
            link_type: LinkType::Inline,
            dest_url: to.into(),
            title: "".into(),
            id: "".into(),
        }));
    }

    fn close_link(&mut self) {
        self.closed_to_links -= 1;
        self.out.push(Event::End(TagEnd::Link));
    }
}

/// Begins a part that scrolls sideways when it is too wide, also by keys.
pub fn wide(label: &str) -> String {
    format!("<div class=\"wide\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\">")
}

/// The events from the first one, which begins something, to its end.
fn inside<'s, 'e>(events: &'s [Event<'e>], is_end: impl Fn(&TagEnd) -> bool) -> &'s [Event<'e>] {
    let ends = |event: &Event| matches!(event, Event::End(end) if is_end(end));
    let end = events.iter().position(ends).unwrap_or(events.len());
    &events[..end]
}

/// The text of events without its markup.
fn text_of(events: &[Event]) -> String {
    let one = |event: &Event| match event {
        Event::Text(text) | Event::Code(text) => text.to_string(),
        Event::SoftBreak | Event::HardBreak => " ".to_owned(),
        Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell) => " ".to_owned(),
        _ => String::new(),
    };
    events.iter().map(one).collect()
}

/// An anchor as forges make it of a heading.
fn slug(title: &str) -> String {
    let lower = title.to_lowercase();
    let kept = lower
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn rendered(text: &str) -> Result<Rendered> {
        let page = |name: &str, page: &str| (name.to_owned(), page.to_owned());
        let links = Links {
            root: "/nowhere".into(),
            names: BTreeMap::from([page("uv_now", "api/loop.html#uv_now")]),
            documents: BTreeMap::from([page("docs/a.md", "a.html")]),
            sources: Default::default(),
            images: Default::default(),
        };
        let scope = Scope {
            links: &links,
            dir: "docs",
            up: "../",
            programs: None,
            own: "",
        };
        render(text, &scope)
    }

    #[test]
    fn names_are_links_however_they_are_written() {
        let link = "<p><a href=\"../api/loop.html#uv_now\"><code>uv_now</code></a></p>\n";
        for text in ["`uv_now`", "[`uv_now`]", "[`uv_now`](super::loop_::uv_now)"] {
            assert_eq!(rendered(text).unwrap().html, link);
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_an_error() {
        let html = rendered("[A](a.md#b)").unwrap().html;
        assert_eq!(html, "<p><a href=\"../a.html#b\">A</a></p>\n");
        assert!(rendered("[A](absent.md)").is_err());
        assert!(rendered("See [`uv_absent`].").is_err());
    }

    #[test]
    fn headings_and_paragraphs_with_a_subject_are_sections() {
        let text = "# A\n\nOne.\n\n**Two words.** Three.\n\n## A\n";
        let rendered = rendered(text).unwrap();
        let ids: Vec<&str> = rendered.sections.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["", "a", "two-words", "a-1"]);
        assert_eq!(rendered.sections[2].title, "Two words");
        assert!(rendered.html.contains("<p id=\"two-words\"><strong>"));
    }
}
