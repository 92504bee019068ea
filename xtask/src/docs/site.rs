//! The whole site, in memory: documents, examples, sources, the API and the search.

use super::code::{c_block, escaped, plain_block};
use super::links::{Links, image_page, source_page, up};
use super::markdown::{Scope, render};
use super::page::{Entry, Menu, Page, whole};
use super::{api, reference, search};
use harness::Result;
use harness::toolbox::{self, Doing};
use std::path::Path;

/// A document of the repository: its file, its page and its title.
struct Document {
    file: &'static str,
    page: &'static str,
    title: &'static str,
}

const fn document(file: &'static str, page: &'static str, title: &'static str) -> Document {
    Document { file, page, title }
}

/// What a user of the library reads.
const GUIDE: &[Document] = &[
    document("README.md", "index.html", "Overview"),
    document(
        "docs/getting-started.md",
        "getting-started.html",
        "Getting started",
    ),
    document(
        "docs/what-happens-when.md",
        "what-happens-when.html",
        "What happens when",
    ),
    document("docs/python.md", "python.html", "Python"),
    document("docs/debugging.md", "debugging.html", "Debugging"),
    document(
        "docs/differences.md",
        "differences.html",
        "Differences from libuv",
    ),
    document("docs/PERFORMANCE.md", "performance.html", "Performance"),
];

/// What someone who works on it reads.
const PROJECT: &[Document] = &[
    document("docs/ARCHITECTURE.md", "architecture.html", "Architecture"),
    document("CONTRIBUTING.md", "contributing.html", "Contributing"),
    document("docs/RELEASE.md", "releases.html", "Releases"),
    document("CHANGELOG.md", "changelog.html", "Changelog"),
    document("SECURITY.md", "security.html", "Security"),
];

/// The page that lists the examples.
const EXAMPLES: &str = "examples/index.html";

/// The index of the API.
const API: &str = "api/index.html";

/// The document that names the programs in `c-tests/diff`.
const NAMES_PROGRAMS: &str = "docs/what-happens-when.md";

/// The site.
pub struct Site {
    /// Its pages.
    pub pages: Vec<Page>,
    /// What is in its menu.
    pub menu: Menu,
    /// The images that pages show, as files of the repository.
    pub images: Vec<String>,
}

impl Site {
    /// Every file of the site: its path below the site's root, and its contents.
    pub fn files(&self, root: &Path) -> Result<Vec<(String, Vec<u8>)>> {
        let mut files = vec![
            ("style.css".to_owned(), include_str!("style.css").into()),
            ("search.js".to_owned(), search::SCRIPT.into()),
            (
                "search-index.js".to_owned(),
                search::index(&self.pages).into(),
            ),
        ];
        for page in &self.pages {
            files.push((page.path.clone(), whole(page, &self.menu).into()));
        }
        for image in &self.images {
            let path = root.join(image);
            files.push((image_page(image), std::fs::read(&path).doing(image)?));
        }
        Ok(files)
    }
}

/// Builds the site; fails if a link in a document or comment leads nowhere.
pub fn build(root: &Path) -> Result<Site> {
    let references = reference::read(root)?;
    let examples = examples(root)?;
    let mut links = Links {
        root: root.to_owned(),
        names: api::names(&references),
        documents: Default::default(),
        sources: Default::default(),
        images: Default::default(),
    };
    for document in GUIDE.iter().chain(PROJECT) {
        links
            .documents
            .insert(document.file.into(), document.page.into());
    }
    for (file, page) in [("include/uv.h", API), ("examples", EXAMPLES)] {
        links.documents.insert(file.into(), page.into());
    }
    for name in &examples {
        links.documents.insert(
            format!("examples/{name}.c"),
            format!("examples/{name}.html"),
        );
    }
    let mut pages = Vec::new();
    for document in GUIDE.iter().chain(PROJECT) {
        pages.push(document_page(document, &links)?);
    }
    pages.extend(example_pages(&examples, &links)?);
    pages.push(api::index(&references));
    for reference in &references {
        pages.push(api::page(reference, &links)?);
    }
    pages.push(search::page());
    let sources = links.sources.take();
    for file in &sources {
        pages.push(source(file, &links)?);
    }
    let images = links.images.take().into_iter().collect();
    let menu = menu(&references);
    Ok(Site {
        pages,
        menu,
        images,
    })
}

fn menu(references: &[reference::Reference]) -> Menu {
    let item = |document: &Document| (document.page.to_owned(), document.title.to_owned());
    let mut guide: Vec<_> = GUIDE.iter().map(item).collect();
    guide.insert(2, (EXAMPLES.to_owned(), "Examples".to_owned()));
    let mut reference = vec![(API.to_owned(), "Index".to_owned())];
    reference.extend(
        references
            .iter()
            .map(|r| (r.path(), r.page.title.to_owned())),
    );
    vec![
        ("Guide", guide),
        ("API", reference),
        ("Project", PROJECT.iter().map(item).collect()),
    ]
}

fn document_page(document: &Document, links: &Links) -> Result<Page> {
    let path = links.root.join(document.file);
    let text = std::fs::read_to_string(&path).doing(document.file)?;
    let dir = document.file.rsplit_once('/').map_or("", |(dir, _)| dir);
    let programs = (document.file == NAMES_PROGRAMS).then_some("c-tests/diff");
    let scope = Scope {
        links,
        dir,
        up: up(document.page),
        programs,
        own: "",
    };
    let rendered = render(&text, &scope).doing(document.file)?;
    let mut page = Page::new(document.page.into(), document.title);
    page.body = rendered.html;
    for section in rendered.sections {
        let entry = Entry::new("guide", &section.title, &section.id, section.text);
        page.entries
            .extend((!section.title.is_empty()).then_some(entry));
    }
    Ok(page)
}

/// The names of the example programs.
fn examples(root: &Path) -> Result<Vec<String>> {
    let files = toolbox::files_below(&root.join("examples"))?;
    let sources = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "c"));
    let mut names: Vec<String> = sources
        .filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// The list of the examples, and a page for each.
fn example_pages(names: &[String], links: &Links) -> Result<Vec<Page>> {
    let mut list = Page::new(EXAMPLES.into(), "Examples");
    list.body = "<h1>Examples</h1>\n<p>Small programs, each compiled and run on libuv and on \
                 libuv-rs by <code>cargo xtask test examples</code>. Their first comment says what \
                 they print.</p>\n<dl>\n"
        .to_owned();
    let mut pages = Vec::new();
    for name in names {
        let file = format!("examples/{name}.c");
        let text = std::fs::read_to_string(links.root.join(&file)).doing(&file)?;
        let comment = text.trim_start_matches("/* ").split("\n *\n").next();
        let about = comment.unwrap_or_default().replace("\n * ", " ");
        let about = escaped(about.trim());
        list.body += &format!("<dt><a href=\"{name}.html\">{name}.c</a></dt><dd>{about}</dd>\n");
        let mut page = Page::new(format!("examples/{name}.html"), &format!("{name}.c"));
        let code = c_block(&text, links, "../", "");
        page.body = format!("<h1>{name}.c</h1>\n<p>{about}</p>\n{code}");
        page.entries
            .push(Entry::new("example", &page.title, "", text));
        pages.push(page);
    }
    list.body += "</dl>\n";
    pages.insert(0, list);
    Ok(pages)
}

/// The page for a file that other pages refer to.
fn source(file: &str, links: &Links) -> Result<Page> {
    let path = links.root.join(file);
    let text = std::fs::read_to_string(&path).doing(file)?;
    let mut page = Page::new(source_page(file), file);
    let code = match file.ends_with(".c") || file.ends_with(".h") {
        true => c_block(&text, links, "../", ""),
        false => plain_block(&text),
    };
    page.body = format!("<h1 class=\"file\">{}</h1>\n{code}", escaped(file));
    Ok(page)
}
