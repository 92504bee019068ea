//! `cargo xtask docs`: the documentation as a site of static pages.
//!
//! The pages are the project's Markdown documents, the examples, and the contracts of the
//! exported functions, each linked to the others. They need no server and no scripts; only
//! the search is a script.

mod api;
mod api_pages;
mod check;
mod code;
mod contracts;
mod declarations;
mod links;
mod markdown;
mod page;
mod reference;
mod search;
mod site;

use crate::args::Args;
use harness::Result;
use harness::report::{Context, Outcome};
use harness::toolbox::{self, Doing};

pub const ABOUT: &str = "build the documentation's site in target/site";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask docs\n\n\
         Writes target/site: the guide, the examples with their sources, every exported\n\
         function with its contract, an index and a search. Open target/site/index.html\n\
         in a browser; no server is needed. `cargo xtask test site` checks its links.",
    )
}

pub fn run(args: &mut Args) -> Result<String> {
    args.finish()?;
    let root = toolbox::root();
    let site = toolbox::step("reading documents and sources", || site::build(&root))?;
    let dir = toolbox::fresh_dir(&toolbox::target().join("site"))?;
    let files = site.files(&root)?;
    toolbox::step("writing the pages", || {
        for (path, contents) in &files {
            let file = dir.join(path);
            std::fs::create_dir_all(file.parent().unwrap_or(&dir)).doing(path)?;
            std::fs::write(&file, contents).doing(path)?;
        }
        Ok(())
    })?;
    let bytes: usize = files.iter().map(|(_, contents)| contents.len()).sum();
    println!("  {}", dir.join("index.html").display());
    Ok(format!(
        "docs: {} pages, {} files, {} KiB",
        site.pages.len(),
        files.len(),
        bytes / 1024
    ))
}

/// `cargo xtask test site`: builds the site, without writing it, and checks it.
pub fn check(_: &Context) -> Vec<Outcome> {
    let root = toolbox::root();
    match toolbox::step("building the site", || site::build(&root)) {
        Ok(site) => check::check(&root, &site),
        Err(why) => Outcome::broken("site", why),
    }
}
